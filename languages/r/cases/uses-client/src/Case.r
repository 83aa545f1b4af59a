library(algorithmia)
client <- getAlgorithmiaClient()

algorithm <- function(input) client$algo("algo://util/Echo")$algoUrl
