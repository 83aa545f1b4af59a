# Says before anything is installed what loading would say later.

build_algorithm <- function(bridge) {
  options(warn = 1)
  load_native(bridge)
  check_entry()
  install_packages(bridge)
  say("done")
}

check_entry <- function() {
  file <- tryCatch(
    find_entry(getwd(), Sys.getenv("ALGORIST_ALGORITHM")),
    error = function(e) fail(conditionMessage(e))
  )
  say("algorithm: ", file)
  for (source in source_files()) check_source(source, is_entry = source == file)
}

source_files <- function() list.files("src", "\\.[rR]$", full.names = TRUE, recursive = TRUE)

check_source <- function(file, is_entry) {
  problem <- tryCatch({
    parse(file, keep.source = FALSE, encoding = "UTF-8")
    NULL
  }, error = conditionMessage)
  if (is.null(problem)) return(invisible())
  if (is_entry) fail("the algorithm does not parse: ", problem)
  say("warning: ", problem)
}
