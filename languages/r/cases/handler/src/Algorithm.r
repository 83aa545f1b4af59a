library(algorithmia)

loading <- function() list(greeting = "loaded")

answer <- function(input, state) c(state$greeting, class(input))

getAlgorithmHandler(answer, loading)$serve()
