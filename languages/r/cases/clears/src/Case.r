rm(list = ls(all.names = TRUE))
options(warn = 2, digits = 3)
c <- function(...) stop("not the one of base R")

algorithm <- function(input) list(1 / 3, input)
