algorithm <- function(input) {
  for (i in seq_len(5 * 1024)) cat(strrep("x", 1023), "\n", sep = "")
  input
}
