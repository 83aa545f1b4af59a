# Puts the packages that an algorithm needs into `.algorist`: R packages into `library`, what they need of the system into `lib`.

WANTS_NEW <- 75L

install_packages <- function(bridge) {
  wanted <- read_wanted()
  extra <- undeclared(wanted)
  if (length(wanted) + length(extra) == 0) {
    say("nothing to install")
    return(warn_of_missing())
  }
  place <- dependency_place()
  # The first is where code installs that names no place.
  .libPaths(c(place$library, file.path(bridge, "library"), .libPaths()))
  if (place$is_kept) check_kept(wanted, extra, place)
  else {
    for (one in wanted) install_one(one, place)
    for (name in extra) install_undeclared(name, place)
    check_loading(wanted)
    writeLines(lines_of(wanted), file.path(place$folder, "complete"))
  }
  copy_dependencies(place)
  warn_of_missing()
  say("installed: ", paste(versions_of(union(list.files(place$library), names_of(wanted))), collapse = " "))
}

names_of <- function(wanted) {
  is_name <- vapply(wanted, function(one) one$kind == "name" && !one$text %in% PROVIDED, NA)
  vapply(wanted[is_name], function(one) one$text, "")
}

versions_of <- function(names) vapply(sort(names), function(name) paste0(name, "==", installed_version(name)), "")

# Where packages are installed: the folder that is kept for the account, or one that ends with the build.
dependency_place <- function() {
  mode <- Sys.getenv("ALGORIST_DEPENDENCIES")
  folder <- if (nzchar(mode)) "/opt/dependencies" else tempfile("dependencies")
  place <- list(
    folder = folder, library = file.path(folder, "library"), shared = file.path(folder, "lib"), is_kept = mode == "kept"
  )
  if (!place$is_kept) for (part in place[c("library", "shared")]) dir.create(part, recursive = TRUE, showWarnings = FALSE)
  place
}

lines_of <- function(wanted) vapply(wanted, function(one) one$line, "")

install_one <- function(one, place) {
  if (one$text %in% PROVIDED || (one$kind == "git" && basename(one$text) == "algorithmia-r")) {
    return(say(one$text, ": provided by the platform"))
  }
  switch(one$kind,
    name = install_named(one$text, one$version, one$line, place),
    url = install_from_url(one$text, one$line, place),
    git = install_from_git(one$text, one$line, place),
    code = run_code(one$text, one$line, place),
    fail(one$line, ": expected a package's name, -t URL, -g user/repo, or -e CODE")
  )
}

# The code may do without it, so nothing fails here.
install_undeclared <- function(name, place) {
  say(name, ": used, and not named in ", PACKAGES_FILE)
  has_it <- install_from_cran(name, NA_character_, place) || install_from_debian(name, NA_character_, place)
  if (has_it && is_installed(name)) report(name, "as on the original platform")
  else say("warning: ", name, " could not be installed")
}

# A package may be there and lack a library of the system, which only loading tells.
check_loading <- function(wanted) {
  for (name in names_of(wanted)) {
    problem <- tryCatch({ loadNamespace(name); NULL }, error = conditionMessage)
    if (!is.null(problem)) fail(PACKAGES_FILE, ": the package ", name, " is installed and does not load: ", problem)
  }
}

check_kept <- function(wanted, extra, place) {
  complete <- file.path(place$folder, "complete")
  is_whole <- file.exists(complete) && identical(readLines(complete), as.character(lines_of(wanted)))
  if (!is_whole || !all(vapply(extra, is_installed, NA))) {
    fail("the packages of an earlier build do not do; installing them anew", status = WANTS_NEW)
  }
  say("packages are those of an earlier build with the same ", PACKAGES_FILE)
}

copy_dependencies <- function(place) {
  dir.create(".algorist", showWarnings = FALSE)
  for (part in c(place$library, place$shared)) {
    if (length(list.files(part)) == 0) next
    if (!run("cp", c("-rT", part, file.path(".algorist", basename(part))))) fail("the disk has no room for the packages")
  }
}
