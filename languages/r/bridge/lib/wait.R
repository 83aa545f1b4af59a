# The wait of a worker that was started ahead (decision 0072): until its order comes it has seen nobody's code, secret or name.

ALGORITHM_FOLDER <- "/opt/algorithm"

# Returns once the process has the variables and the folder of an algorithm; ends the process when there will be none.
wait_for_order <- function() {
  order <- .Call(native$receive_order)
  if (length(order) == 0) quit(save = "no")
  secrets <- .Call(native$receive_secrets)
  if (is.null(secrets)) quit(save = "no")
  replace_variables(c(from_json(secrets), from_json(order), PWD = ALGORITHM_FOLDER))
  setwd(ALGORITHM_FOLDER)
  tempdir(check = TRUE) # /tmp is another one now
}

# Later ones win. R's own variables stay: they say where R is.
replace_variables <- function(variables) {
  variables <- variables[!duplicated(names(variables), fromLast = TRUE)]
  present <- names(Sys.getenv())
  Sys.unsetenv(setdiff(present[!startsWith(present, "R_")], names(variables)))
  if (length(variables) > 0) do.call(Sys.setenv, variables)
}
