# Conditions of author code as the error JSON of the protocol (runtime.md 3.10).

MOST_FRAMES <- 100L

# Evaluates `expression`. Its value is `list(value = )`, or `list(error = )` with the error JSON of what stopped it.
attempt <- function(expression, default_type = "AlgorithmError") {
  calls <- NULL
  tryCatch(
    withRestarts(
      list(value = withCallingHandlers(expression, error = function(e) calls <<- author_calls())),
      abort = function() stop("the algorithm jumped to top level", call. = FALSE)
    ),
    error = function(e) list(error = describe(e, calls, default_type))
  )
}

describe <- function(condition, calls, default_type) {
  to_json(list(
    message = message_of(condition),
    stacktrace = own_text(condition, "stacktrace", format_calls(calls)),
    error_type = own_text(condition, "error_type", default_type)
  ))
}

# What R itself would print, in one text: `Error in f(x): reason`.
message_of <- function(condition) {
  if (is_own_call(condition$call)) condition$call <- NULL
  text <- tryCatch(toString(condition), error = function(e) class(condition)[1])
  readable(sub("\n+$", "", paste(text, collapse = ", ")))
}

# The call that runs the algorithm's file, which is named by what the parser says.
is_own_call <- function(call) is.call(call) && name_of(call) == "source" && identical(call$local, quote(globalenv()))

# A member of the condition that stands in for what the bridge would say.
own_text <- function(condition, member, default) {
  value <- tryCatch(condition[[member]], error = function(e) NULL)
  if (is.character(value) && length(value) == 1L && !is.na(value) && nzchar(value)) readable(value) else default
}

# Messages may quote what is not UTF-8.
readable <- function(text) iconv(enc2utf8(text), "UTF-8", "UTF-8", sub = "byte")

# The calls that are running, without those of the bridge around them: what follows the last `from_here()`.
author_calls <- function() {
  calls <- sys.calls()
  functions <- lapply(seq_along(calls), sys.function)
  start <- max(0L, which(vapply(functions, identical, NA, from_here)))
  names <- vapply(calls, name_of, "")
  first <- start + 1L
  last <- length(calls)
  while (first <= last && names[first] %in% c("source", "withVisible", "eval")) first <- first + 1L
  while (last >= first && names[last] %in% c("author_calls", "function", "h", ".handleSimpleError")) last <- last - 1L
  calls[seq_along(calls) >= first & seq_along(calls) <= last]
}

# Marks where author code starts.
from_here <- function(expression) expression

# The function that is called: its name, or `function` where it is written in place.
name_of <- function(call) {
  called <- call[[1]]
  if (is.call(called)) called <- called[[1]]
  if (is.name(called)) as.character(called) else "function"
}

format_calls <- function(calls) {
  if (length(calls) == 0) return("")
  lines <- vapply(calls, format_call, "")
  left_out <- length(lines) - MOST_FRAMES
  if (left_out > 0) {
    half <- MOST_FRAMES %/% 2L
    lines <- c(head_of(lines, half), sprintf("... %d more calls ...", left_out), rev(head_of(rev(lines), half)))
  }
  readable(paste(lines, collapse = "\n"))
}

head_of <- function(lines, count) lines[seq_len(count)]

format_call <- function(call) {
  text <- deparse(call, width.cutoff = 100L, nlines = 1L)[1]
  place <- attr(call, "srcref")
  if (is.null(place)) return(text)
  file <- attr(place, "srcfile")$filename
  sprintf("%s at %s:%d", text, sub(paste0(getwd(), "/"), "", file, fixed = TRUE), place[1])
}
