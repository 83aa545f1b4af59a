inner <- function(input) stop(input)

algorithm <- function(input) {
  if (input == "fine") return(input)
  inner(input)
}
