cat("loading\n")

algorithm <- function(input) {
  cat("out", input)
  cat("\n")
  message("err ", input)
  cat("no line end")
  input
}
