# What an algorithm asks for: packages.txt (runtime.md 3.10), and what its code loads without saying so.
#
#   name           any version         -t URL                                a source archive
#   name==1.2.3    that version        -g user/repo[/folder][@ref|#pull]     a repository on GitHub
#   # a comment                        -g https://host/repo.git[@ref]        any other repository
#                                      -e CODE                               R code that installs something

PACKAGES_FILE <- "packages.txt"

# Taken from the platform whatever a file says.
PROVIDED <- "algorithmia"

# What the original images had beside R, so that code loads it without naming it: the packages of its pipe, and those that R
# recommends.
IN_ORIGINAL_IMAGES <- c(
  "rjson", "base64enc", "RCurl", "pacman",
  "boot", "class", "cluster", "codetools", "foreign", "KernSmooth", "lattice", "MASS", "Matrix", "mgcv", "nlme", "nnet", "rpart",
  "spatial", "survival"
)

# A list of list(line, kind, text, version), in the order of the file. `kind` is name, url, git or code.
read_wanted <- function() {
  if (!file.exists(PACKAGES_FILE)) return(list())
  lines <- trimws(sub("^\uFEFF", "", readLines(PACKAGES_FILE, warn = FALSE, encoding = "UTF-8")))
  wanted <- Map(read_line, lines, seq_along(lines))
  unname(wanted[nzchar(lines) & !startsWith(lines, "#")])
}

read_line <- function(line, number) {
  wanted <- list(line = sprintf("%s line %d (%s)", PACKAGES_FILE, number, line), version = NA_character_)
  option <- regmatches(line, regexec("^-([tge])[[:space:]]+(.+)$", line))[[1]]
  if (length(option) > 0) return(c(wanted, kind = switch(option[2], t = "url", g = "git", e = "code"), text = option[3]))
  named <- regmatches(line, regexec("^([A-Za-z][A-Za-z0-9.]*)([[:space:]]*==[[:space:]]*([0-9][0-9.-]*))?$", line))[[1]]
  if (length(named) == 0) return(c(wanted, kind = "unknown", text = line))
  if (nzchar(named[4])) wanted$version <- named[4]
  c(wanted, kind = "name", text = named[2])
}

# Packages of the original images that the code loads though packages.txt does not name them.
undeclared <- function(wanted) {
  named <- vapply(wanted, function(one) one$text, "")
  setdiff(intersect(packages_missing(), IN_ORIGINAL_IMAGES), named)
}

# What the code loads and is not there.
packages_missing <- function() {
  used <- setdiff(unlist(lapply(source_files(), packages_used)), PROVIDED)
  used[!vapply(used, is_installed, NA)]
}

warn_of_missing <- function() {
  for (name in packages_missing()) {
    say("warning: the code uses the package ", name, ", which ", PACKAGES_FILE, " does not name and this machine lacks")
  }
}

packages_used <- function(file) {
  code <- tryCatch(parse(file, keep.source = FALSE, encoding = "UTF-8"), error = function(e) NULL)
  unlist(lapply(code, packages_in))
}

LOADERS <- c("library", "require", "requireNamespace", "loadNamespace", "::", ":::")

packages_in <- function(code) {
  if (!is.call(code) && !is.pairlist(code)) return(NULL)
  found <- unlist(lapply(as.list(code), function(part) if (!missing(part)) packages_in(part)))
  is_load <- is.call(code) && is.name(code[[1]]) && as.character(code[[1]]) %in% LOADERS && length(code) > 1
  if (is_load && (is.name(code[[2]]) || is.character(code[[2]]))) c(as.character(code[[2]]), found) else found
}
