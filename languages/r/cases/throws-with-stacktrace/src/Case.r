algorithm <- function(input) stop(errorCondition("no", stacktrace = "only this"))
