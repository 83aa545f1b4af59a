algorithm <- function(input) {
  cat(rawToChar(as.raw(c(0xff, 0xfe, 0x0a))))
  input
}
