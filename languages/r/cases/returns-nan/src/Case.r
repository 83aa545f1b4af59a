algorithm <- function(input) list(rows = c(1.5, NaN))
