count <- 0

algorithm <- function(input) {
  count <<- count + 1
  count
}
