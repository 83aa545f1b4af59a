library(algorithmia)

# Called for each request: `input` is a text, a raw vector, or what the JSON of the request says; `state` what load() gave.
algorithm <- function(input, state) {
  paste(state$greeting, input)
}

# Runs once, before the first call.
load <- function() {
  list(greeting = "hello")
}

handler <- getAlgorithmHandler(algorithm, load)
handler$serve()
