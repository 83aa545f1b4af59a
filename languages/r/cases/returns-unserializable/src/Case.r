algorithm <- function(input) if (input == "fine") input else list(1, algorithm)
