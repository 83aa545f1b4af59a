name <- "Case"
