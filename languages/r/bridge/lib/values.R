# Conversion of call bodies to R values and of results to bodies (runtime.md 3.2, 3.10).

# A character vector of length 1, a raw vector, or what the JSON text says.
decode <- function(kind, body) {
  switch(kind, b = body, t = .Call(native$text, body), .Call(native$from_json, body))
}

# list(kind, body) of a result; an error for what JSON cannot carry.
encode <- function(result) {
  if (is.raw(result)) return(list(kind = "b", body = result))
  if (is_text(result) && .Call(native$is_wellformed, result)) return(list(kind = "t", body = enc2utf8(as.vector(result))))
  list(kind = "j", body = to_json(result))
}

is_text <- function(value) {
  is.character(value) && length(value) == 1L && is.null(names(value)) && !is.na(value) && !inherits(value, "AsIs")
}

to_json <- function(value) .Call(native$to_json, value)

from_json <- function(bytes) .Call(native$from_json, bytes)
