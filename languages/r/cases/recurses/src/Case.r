algorithm <- function(input) if (input == "fine") input else algorithm(input)
