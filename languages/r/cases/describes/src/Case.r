algorithm <- function(input) deparse(input, width.cutoff = 500)
