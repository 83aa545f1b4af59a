cat("about to fail\n")
library(no_such_package)
