algorithm <- function(input) input
