algorithm <- function(input) {
  stop(errorCondition("no such thing", class = "NotThere", error_type = "InputError"))
}
