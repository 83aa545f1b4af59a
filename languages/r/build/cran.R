# CRAN, or the mirror that CRAN_MIRROR names.

INDEX_TIMEOUT_SECONDS <- 20
PACKAGE_TIMEOUT_SECONDS <- 600

cran <- new.env()

cran_address <- function() {
  given <- Sys.getenv("CRAN_MIRROR", Sys.getenv("cran_mirror"))
  sub("/+$", "", if (nzchar(given)) given else utils::getCRANmirrors(local.only = TRUE)$URL[1])
}

# Its index of packages, asked once; no rows when it does not answer.
cran_index <- function() {
  if (is.null(cran$index)) {
    options(timeout = INDEX_TIMEOUT_SECONDS)
    cran$index <- tryCatch(suppressWarnings(read_index()), error = function(e) matrix(nrow = 0, ncol = 0))
    options(timeout = PACKAGE_TIMEOUT_SECONDS)
    if (nrow(cran$index) == 0) say(cran_address(), " does not answer; Debian's packages are taken instead")
  }
  cran$index
}

read_index <- function() {
  utils::available.packages(repos = cran_address(), filters = c("R_version", "OS_type", "duplicates"))
}

cran_answers <- function() nrow(cran_index()) > 0

# Whether something was installed.
install_from_cran <- function(name, version, place) {
  if (!cran_answers() || !name %in% rownames(cran_index())) return(FALSE)
  newest <- cran_index()[name, "Version"]
  say("installing ", name, " from ", cran_address())
  if (!is.na(version) && version != newest) return(install_older(name, version, place))
  # Each package that fails is a warning here; what is not there afterwards is looked for elsewhere.
  utils::install.packages(
    name, lib = place$library, repos = cran_address(), dependencies = NA, available = cran_index(),
    INSTALL_opts = "--no-docs", quiet = TRUE, Ncpus = 2L
  )
  TRUE
}

install_older <- function(name, version, place) {
  url <- sprintf("%s/src/contrib/Archive/%s/%s_%s.tar.gz", cran_address(), name, name, version)
  line <- paste(name, version)
  archive <- file.path(tempdir(), basename(url))
  download(url, archive, line)
  install_sources(archive, line, place)
  TRUE
}
