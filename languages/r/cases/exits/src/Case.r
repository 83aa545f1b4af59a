algorithm <- function(input) {
  cat("last words\n")
  quit(save = "no", status = 3)
}
