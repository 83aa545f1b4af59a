library(algorithmia)

loading <- function() stop("no model")

getAlgorithmHandler(function(input, state) input, loading)$serve()
