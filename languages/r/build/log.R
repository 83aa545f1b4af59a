# The build log: what is printed here.

say <- function(...) {
  cat(..., "\n", sep = "")
  flush(stdout())
}

# Ends the build.
fail <- function(..., status = 1L) {
  say("error: ", ...)
  quit(save = "no", status = status)
}

# Runs a program with its output in the log; whether it ended with code 0.
run <- function(program, arguments, quiet = FALSE) {
  output <- if (quiet) FALSE else ""
  system2(program, shQuote(arguments), stdout = output, stderr = output) == 0L
}
