# Debian's packages of R packages, unpacked beside the algorithm: nothing is installed on the machine. apt reads the machine's
# own sources and what it knows of them, and writes to a folder of the build.

debian_name <- function(name) paste0("r-cran-", tolower(name))

# Whether something was unpacked. Debian has one version of each.
install_from_debian <- function(name, version, place) {
  if (!nzchar(Sys.which("apt-get"))) return(FALSE)
  packages <- debian_name(name)
  if (!fetch_packages(packages)) {
    # What the machine knows may be too old, or nothing at all.
    say("reading Debian's package lists")
    if (!update_lists() || !fetch_packages(packages)) return(FALSE)
  }
  for (file in list.files(file.path(apt_folder(), "cache", "archives"), "\\.deb$", full.names = TRUE)) unpack(file, place)
  order_shared_libraries(place)
  TRUE
}

apt_folder <- function() {
  folder <- file.path(tempdir(), "apt")
  for (part in c("cache/archives/partial", "state/lists/partial", "none")) {
    dir.create(file.path(folder, part), recursive = TRUE, showWarnings = FALSE)
  }
  folder
}

apt <- function(..., quiet = TRUE) {
  folder <- apt_folder()
  own_lists <- file.path(folder, "state", "lists")
  lists <- if (isTRUE(cran$has_own_lists) || !dir.exists("/var/lib/apt/lists")) own_lists else "/var/lib/apt/lists"
  settings <- c(
    "Dir::State" = file.path(folder, "state"), "Dir::State::lists" = lists, "Dir::State::status" = "/var/lib/dpkg/status",
    "Dir::Cache" = file.path(folder, "cache"), "Dir::Etc::parts" = file.path(folder, "none"),
    "Debug::NoLocking" = "1", "APT::Sandbox::User" = "", "Acquire::Retries" = "1", "Acquire::http::Timeout" = "20"
  )
  options <- as.vector(rbind("-o", paste0(names(settings), "=", settings)))
  run("apt-get", c("-qq", "-y", "--no-install-recommends", options, ...), quiet = quiet)
}

update_lists <- function() {
  cran$has_own_lists <- TRUE
  apt("update")
}

# Downloads the packages and what they need beyond what this machine has.
fetch_packages <- function(packages) apt("--download-only", "install", packages)

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
