algorithm <- function(input) {
  print(list(a = 1, b = "x"))
  capture.output(print(1:3))
}
