library(promises)

algorithm <- function(input) {
  promise(function(resolve, reject) {
    later::later(function() if (input == "boom") reject(simpleError("boom")) else resolve(paste("later", input)), 0.01)
  })
}
