algorithm <- function(input) if (input == "fine") input else invokeRestart("abort")
