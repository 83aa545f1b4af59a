algorithm <- function(input) {
  system2("echo", "'from a child'")
  input
}
