library(algorithmia)

getAlgorithmHandler(function(input) paste("hello", input))$serve()
