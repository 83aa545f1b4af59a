algorithm <- function(input) {
  warning("careful")
  as.numeric("x")
}
