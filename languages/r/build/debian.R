# Debian's packages of R packages, unpacked beside the algorithm: nothing is installed on the machine. apt reads the machine's
# own sources and what it knows of them, and writes to a folder of the build.

debian_name <- function(name) paste0("r-cran-", tolower(name))

MACHINE_LISTS <- "/var/lib/apt/lists"

apt_state <- new.env()
apt_state$lists <- MACHINE_LISTS

# Whether something was unpacked. Debian has one version of each.
install_from_debian <- function(name, version, place) {
  package <- debian_name(name)
  if (!nzchar(Sys.which("apt-get")) || !is_listed(package)) return(FALSE)
  # What the machine knows of its mirrors may be too old.
  if (!fetch_package(package) && !(update_lists() && fetch_package(package))) return(FALSE)
  for (file in list.files(file.path(apt_folder(), "cache", "archives"), "\\.deb$", full.names = TRUE)) unpack(file, place)
  order_shared_libraries(place)
  TRUE
}

is_listed <- function(package) {
  if (length(list.files(apt_state$lists, "_Packages")) == 0 && !update_lists()) return(FALSE)
  apt("apt-cache", "show", package)
}

apt_folder <- function() {
  folder <- file.path(tempdir(), "apt")
  for (part in c("cache/archives/partial", "state/lists/partial", "none")) {
    dir.create(file.path(folder, part), recursive = TRUE, showWarnings = FALSE)
  }
  folder
}

apt <- function(program, ...) {
  folder <- apt_folder()
  settings <- c(
    "Dir::State" = file.path(folder, "state"), "Dir::State::lists" = apt_state$lists,
    "Dir::State::status" = "/var/lib/dpkg/status",
    "Dir::Cache" = file.path(folder, "cache"), "Dir::Etc::parts" = file.path(folder, "none"),
    "Debug::NoLocking" = "1", "APT::Sandbox::User" = "", "Acquire::Retries" = "1", "Acquire::http::Timeout" = "20"
  )
  run(program, c("-qq", as.vector(rbind("-o", paste0(names(settings), "=", settings))), ...), quiet = TRUE)
}

# Reads the lists of the machine's mirrors into a folder of the build, once.
update_lists <- function() {
  if (apt_state$lists != MACHINE_LISTS) return(FALSE)
  say("reading Debian's package lists")
  apt_state$lists <- file.path(apt_folder(), "state", "lists")
  apt("apt-get", "update")
}

# Downloads the package and what it needs beyond what this machine has.
fetch_package <- function(package) apt("apt-get", "-y", "--no-install-recommends", "--download-only", "install", package)

unpack <- function(file, place) {
  folder <- tempfile("deb")
  if (!run("dpkg-deb", c("-x", file, folder))) fail("cannot unpack ", basename(file))
  for (library in file.path(folder, "usr/lib/R", c("site-library", "library"))) {
    if (dir.exists(library)) run("cp", c("-rT", "--remove-destination", library, place$library))
  }
  shared <- list.files(file.path(folder, "usr/lib", triplet()), "\\.so", full.names = TRUE)
  is_file <- !nzchar(Sys.readlink(shared)) & !dir.exists(shared)
  file.copy(shared[is_file], place$shared)
  unlink(c(folder, file), recursive = TRUE)
}

# Where Debian keeps the shared libraries of this kind of machine.
triplet <- function() basename(dirname(Sys.glob("/usr/lib/*-linux-gnu*/libc.so.6")[1]))

# Workers load these before any package, so each has to come after those it needs.
order_shared_libraries <- function(place) {
  waiting <- list.files(place$shared, "\\.so")
  ordered <- character()
  repeat {
    loaded <- vapply(waiting, function(name) isTRUE(.Call(native$provide, file.path(place$shared, name))), NA)
    ordered <- c(ordered, waiting[loaded])
    waiting <- waiting[!loaded]
    if (!any(loaded) || length(waiting) == 0) break
  }
  if (length(ordered) > 0) writeLines(ordered, file.path(place$shared, "order"))
}
