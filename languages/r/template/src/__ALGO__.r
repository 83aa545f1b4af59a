# Called for each request: `input` is a text, a raw vector, or what the JSON of the request says.
algorithm <- function(input) {
  paste("hello", input)
}
