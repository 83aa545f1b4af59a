algorithm <- function(input) "old name"
