for (file in list.files("tests", "\\.[rR]$", full.names = TRUE)) source(file)
cat("all tests passed\n")
