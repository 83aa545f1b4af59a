load <- function() list(prefix = "hello")

apply <- function(input, state) paste(state$prefix, input)
