# Finds an algorithm's file, runs it in the global environment, and makes one function of what it left there (runtime.md 1.10,
# 3.10): a handler that it had served, or `algorithm`, or `apply`; with what `load` returned as state.

# A function of one input. Stops with what the algorithm's code stops with.
load_algorithm <- function(folder, record_name) {
  handler <- NULL
  options(algorist.serve = function(apply, load) handler <<- list(apply = apply, load = load))
  file <- find_entry(folder, record_name)
  from_here(source(file, local = globalenv(), keep.source = TRUE, encoding = "UTF-8"))
  if (is.null(handler)) handler <- list(apply = NULL, load = own_function("load"))
  state <- if (is.null(handler$load)) NULL else from_here(handler$load())
  function(input) run_algorithm(if (is.null(handler$apply)) entry_function() else handler$apply, input, state)
}

# The calls have the names that the original ones had, since messages quote them.
run_algorithm <- function(algorithm, input, state) {
  settle(if (is.null(state)) from_here(algorithm(input)) else from_here(algorithm(input, state)))
}

# Promises, as package promises makes them, are waited for.
settle <- function(result) {
  if (!inherits(result, "promise")) return(result)
  outcome <- NULL
  promises::then(result, function(value) outcome <<- list(value = value), function(e) outcome <<- list(error = e))
  while (is.null(outcome)) later::run_now(Inf)
  if (is.null(outcome$error)) outcome$value else stop(outcome$error)
}

# Looked up at each call: author code may replace it.
entry_function <- function() {
  found <- own_function("algorithm")
  if (is.null(found)) found <- own_function("apply")
  if (is.null(found)) stop("the algorithm has no function `algorithm(input)` (or `apply(input)`)", call. = FALSE)
  found
}

# Functions of that name that the algorithm defined, not those of base R.
own_function <- function(name) get0(name, envir = globalenv(), mode = "function", inherits = FALSE)

find_entry <- function(folder, record_name) {
  names <- unique(c(configured_name(folder), record_name[nzchar(record_name)], "Algorithm"))
  files <- as.vector(rbind(sprintf("src/%s.r", names), sprintf("src/%s.R", names)))
  found <- files[file.exists(file.path(folder, files))]
  if (length(found) > 0) return(found[1])
  stop(
    "expected the algorithm in ", paste0("src/", names, ".r", collapse = " or "),
    " (named by algoname in algorithmia.conf; .R will do as well), which does not exist", call. = FALSE
  )
}

configured_name <- function(folder) {
  file <- file.path(folder, "algorithmia.conf")
  if (!file.exists(file)) return(NULL)
  conf <- tryCatch(
    from_json(without_mark(readBin(file, raw(), file.size(file)))),
    error = function(e) stop("algorithmia.conf is not valid JSON: ", conditionMessage(e), call. = FALSE)
  )
  name <- if (is.list(conf)) conf[["algoname"]] else NULL
  if (is_text(name) && nzchar(name)) name else NULL
}

without_mark <- function(bytes) {
  if (length(bytes) >= 3 && identical(bytes[1:3], as.raw(c(0xEF, 0xBB, 0xBF)))) bytes[-(1:3)] else bytes
}

# The algorithm's own packages come before those of the machine, and our client before all: an installed original would serve
# the older protocol.
use_libraries <- function(bridge_folder, folder) {
  own <- file.path(folder, ".algorist", c("library", "lib"))
  provide_shared_libraries(own[2])
  .libPaths(c(file.path(bridge_folder, "library"), own[1], .libPaths()))
}

# Shared libraries that packages need and this machine lacks. The build wrote them down in the order in which they load.
provide_shared_libraries <- function(folder) {
  list <- file.path(folder, "order")
  if (!file.exists(list)) return(invisible())
  for (name in readLines(list)) .Call(native$provide, file.path(folder, name))
}
