algorithm <- function(input) {
  x y
}
