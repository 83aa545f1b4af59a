# Where a package comes from: what is there already, then CRAN or its mirror, then Debian.

is_installed <- function(name) length(find.package(name, quiet = TRUE)) > 0

installed_version <- function(name) as.character(utils::packageVersion(name))

# Installs a package by name into `place$library`, or ends the build. `version` may be NA.
install_named <- function(name, version, line, place) {
  if (has_version(name, version)) return(report(name, "already there"))
  if (install_from_cran(name, version, place) && has_version(name, version)) return(report(name, "from CRAN"))
  if (install_from_debian(name, version, place) && has_version(name, version)) return(report(name, "from Debian"))
  asked <- if (is.na(version)) name else paste(name, version)
  fail(
    line, ": there is no package ", asked, " in the library of this machine, in CRAN",
    if (cran_answers()) "" else " (which does not answer)", ", or as ", debian_name(name), " in Debian"
  )
}

has_version <- function(name, version) {
  is_installed(name) && (is.na(version) || installed_version(name) == version)
}

report <- function(name, source) say(name, " ", installed_version(name), " (", source, ")")

# An archive or a folder of sources, after what it depends on.
install_sources <- function(path, line, place) {
  for (name in dependencies_of(path)) {
    if (!is_installed(name)) install_named(name, NA_character_, line, place)
  }
  arguments <- c("CMD", "INSTALL", "--no-docs", "--no-multiarch", paste0("--library=", place$library), path)
  if (!run(file.path(R.home("bin"), "R"), arguments)) fail(line, ": the package could not be installed; see above")
}

# Names that the DESCRIPTION of a folder or an archive needs, without R itself.
dependencies_of <- function(path) {
  if (!dir.exists(path)) {
    unpacked <- tempfile("sources")
    utils::untar(path, exdir = unpacked)
    path <- dirname(list.files(unpacked, "^DESCRIPTION$", recursive = TRUE, full.names = TRUE)[1])
  }
  fields <- read.dcf(file.path(path, "DESCRIPTION"), c("Depends", "Imports", "LinkingTo"))
  names <- trimws(sub("\\(.*", "", unlist(strsplit(fields[!is.na(fields)], ","))))
  setdiff(names[nzchar(names)], "R")
}

install_from_url <- function(url, line, place) {
  archive <- file.path(tempdir(), basename(sub("\\?.*", "", url)))
  download(url, archive, line)
  install_sources(archive, line, place)
  say(url, ": installed")
}

download <- function(url, target, line) {
  answer <- tryCatch(
    utils::download.file(url, target, quiet = TRUE, mode = "wb"),
    error = conditionMessage, warning = conditionMessage
  )
  if (!identical(answer, 0L)) fail(line, ": ", answer)
}

# `user/repo[/folder][@ref|#pull]` of GitHub, or the address of a repository.
install_from_git <- function(text, line, place) {
  is_address <- grepl("://", text, fixed = TRUE)
  parts <- regmatches(text, regexec("^(.*?)(?:@([^@/]+)|#([0-9]+))?$", text, perl = TRUE))[[1]]
  pieces <- if (is_address) parts[2] else strsplit(parts[2], "/", fixed = TRUE)[[1]]
  if (!is_address && length(pieces) < 2) fail(line, ": expected user/repo[/folder][@ref|#pull]")
  address <- if (is_address) pieces else paste0("https://github.com/", pieces[1], "/", pieces[2], ".git")
  ref <- if (nzchar(parts[4])) paste0("pull/", parts[4], "/head") else if (nzchar(parts[3])) parts[3] else "HEAD"
  sources <- check_out(address, ref, line)
  install_sources(paste(c(sources, if (!is_address) pieces[-(1:2)]), collapse = "/"), line, place)
  say(text, ": installed")
}

check_out <- function(address, ref, line) {
  folder <- tempfile("git")
  git <- function(...) run("git", c("-C", folder, ...), quiet = TRUE)
  dir.create(folder)
  fetched <- git("init") && git("fetch", "--depth", "1", address, ref) && git("checkout", "FETCH_HEAD")
  if (!fetched) fail(line, ": git could not get ", ref, " of ", address)
  folder
}

# Code that installs by itself, in a process where that goes to our library.
run_code <- function(code, line, place) {
  script <- tempfile(fileext = ".R")
  paths <- sprintf(".libPaths(%s)", deparse1(.libPaths()))
  mirror <- sprintf("options(repos = c(CRAN = %s))", deparse1(cran_address()))
  writeLines(c(paths, mirror, code), script)
  if (!run(file.path(R.home("bin"), "Rscript"), c("--vanilla", script))) fail(line, ": the code ended with an error; see above")
}
