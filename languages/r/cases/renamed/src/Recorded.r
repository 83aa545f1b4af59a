algorithm <- function(input) "record"
