# The handler of R 3.6 algorithms (runtime.md 3.10). `serve()` hands both functions to the bridge and returns, so that it may
# be the last line of a file that the bridge loads.

AlgorithmHandler <- setRefClass(
  "AlgorithmHandler",
  fields = list(applyMethod = "function", onLoadMethod = "function", pipeName = "character"),
  methods = list(
    serve = function() {
      register <- getOption("algorist.serve")
      if (is.null(register)) stop("serve() works in algorithms that the platform runs; call the function itself to try it")
      register(applyMethod, onLoadMethod)
      invisible()
    }
  )
)

getAlgorithmHandler <- function(applyfunc, onLoadMethod = function() NULL, pipe = "stdin") {
  AlgorithmHandler$new(applyMethod = applyfunc, onLoadMethod = onLoadMethod, pipeName = pipe)
}
