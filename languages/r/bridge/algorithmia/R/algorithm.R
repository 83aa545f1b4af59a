# Calls of other algorithms.

AlgorithmiaAlgorithm <- setRefClass(
  "AlgorithmiaAlgorithm",
  fields = list(client = "AlgorithmiaClient", algoUrl = "character", queryParameters = "list"),
  methods = list(
    pipe = function(input) {
      "Calls with a text, a raw vector or a value: list(result, metadata)."
      output <- queryParameters$output
      if (!output %in% c("default", "raw", "void")) stop("This is an unsupported output type: ", output)
      body <- as_body(input)
      reply <- client$ask("POST", algoUrl, body$bytes, body$type, queryParameters[queryParameters != "default"])
      check(reply)
      if (output == "raw") reply$body else result_of(from_json(reply$body))
    },
    pipeJson = function(json) {
      "Calls with JSON text, sent as it is."
      result_of(from_json(check(client$ask("POST", algoUrl, json, "application/json", queryParameters[-3]))$body))
    },
    setOptions = function(timeout = 300, stdout = FALSE, output = "default", parameters = list()) {
      queryParameters <<- utils::modifyList(list(timeout = timeout, stdout = stdout, output = output), parameters)
      invisible(.self)
    }
  )
)

getAlgorithm <- function(client, algoRef) {
  defaults <- list(timeout = 300, stdout = FALSE, output = "default")
  AlgorithmiaAlgorithm$new(client = client, algoUrl = algorithm_path(algoRef), queryParameters = defaults)
}

algorithm_path <- function(ref) {
  if (!is.character(ref) || length(ref) != 1) stop("algorithm path needs to be a string")
  path <- sub("^(algo://|/)", "", ref)
  if (!grepl("^[^/]+/.+", path)) stop("algorithm path needs to follow the pattern author/algorithm_name[/version]")
  paste0("/v1/algo/", path)
}

# A text goes as text, as in the other clients: the called algorithm sees the same as with JSON.
as_body <- function(input) {
  if (is.raw(input)) return(list(bytes = input, type = "application/octet-stream"))
  list(bytes = to_json(input), type = "application/json")
}

result_of <- function(reply) {
  if (!is.null(reply$error)) stop_with(reply$error)
  if (identical(reply$metadata$content_type, "binary")) reply$result <- decode_base64(reply$result)
  reply
}

decode_base64 <- function(text) {
  alphabet <- utf8ToInt("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
  digits <- match(utf8ToInt(text), alphabet) - 1L
  digits <- digits[!is.na(digits)] # without padding and line ends
  groups <- matrix(c(digits, rep(0L, -length(digits) %% 4L)), nrow = 4)
  bytes <- rbind(
    groups[1, ] * 4L + groups[2, ] %/% 16L,
    groups[2, ] %% 16L * 16L + groups[3, ] %/% 4L,
    groups[3, ] %% 4L * 64L + groups[4, ]
  )
  as.raw(bytes)[seq_len((length(digits) * 3L) %/% 4L)]
}
