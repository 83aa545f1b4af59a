# Builds an R algorithm in the working directory: checks, packages. Arguments: the folder of the compiled bridge.

local({
  folder <- dirname(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE)[1]))
  bridge <- commandArgs(trailingOnly = TRUE)[1]
  build <- new.env(parent = baseenv())
  parts <- c(file.path(bridge, "lib", c("native.R", "values.R", "load.R")), file.path(folder, "build", c(
    "log.R", "entry.R", "packages.R", "sources.R", "cran.R", "debian.R", "install.R"
  )))
  for (part in parts) sys.source(part, envir = build)
  build$build_algorithm(bridge)
})
