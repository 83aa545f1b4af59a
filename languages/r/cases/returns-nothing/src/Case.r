algorithm <- function(input) NULL
