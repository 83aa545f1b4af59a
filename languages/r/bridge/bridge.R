# Starts an R worker: frames on descriptor 3, the algorithm in the working directory (languages/PROTOCOL.md). With the argument
# `wait` it is started before there is an algorithm, and waits for its order (lib/wait.R).

local({
  arguments <- commandArgs()
  folder <- dirname(sub("^--file=", "", grep("^--file=", arguments, value = TRUE)[1]))
  bridge <- new.env(parent = baseenv())
  for (part in c("native", "values", "errors", "load", "wait", "serve")) {
    sys.source(file.path(folder, "lib", paste0(part, ".R")), envir = bridge)
  }
  bridge$main(folder, waits = "wait" %in% commandArgs(trailingOnly = TRUE))
})
