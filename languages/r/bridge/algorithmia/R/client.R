# The client, with the names and arguments that the original has.

DEFAULT_ADDRESS <- "https://api.algorithmia.com"

AlgorithmiaClient <- setRefClass(
  "AlgorithmiaClient",
  fields = list(apiKey = "character", apiAddress = "character"),
  methods = list(
    algo = function(algoRef) getAlgorithm(.self, algoRef),
    file = function(dataUrl) getDataFile(.self, dataUrl),
    dir = function(dataUrl) getDataDirectory(.self, dataUrl),
    report_insights = function(insights) {
      rows <- lapply(names(insights), function(key) list(insight_key = key, insight_value = insights[[key]]))
      check(.self$ask("POST", "/v1/insights", to_json(rows), "application/json"))
    },
    ask = function(method, path, body = NULL, type = NULL, query = list()) {
      "Sends a request: list(status, headers, body)."
      headers <- c(if (!is.na(apiKey)) c(Authorization = authorization(apiKey)), if (!is.null(type)) c("Content-Type" = type))
      request(method, paste0(apiAddress, path, query_string(query)), headers, body)
    }
  )
)

getAlgorithmiaClient <- function(apiKey = NA_character_, apiAddress = NA_character_) {
  AlgorithmiaClient$new(apiKey = as.character(apiKey), apiAddress = sub("/+$", "", address_of(apiAddress)))
}

address_of <- function(given) if (is.na(given)) Sys.getenv("ALGORITHMIA_API", DEFAULT_ADDRESS) else given

authorization <- function(key) if (grepl(" ", key, fixed = TRUE)) key else paste("Simple", key)

query_string <- function(query) {
  query <- query[!vapply(query, function(value) is.null(value) || is.na(value), NA)]
  if (length(query) == 0) return("")
  values <- vapply(query, function(value) if (is.logical(value)) tolower(value) else as.character(value), "")
  encoded <- vapply(values, utils::URLencode, "", reserved = TRUE)
  paste0("?", paste0(names(query), "=", encoded, collapse = "&"))
}

# The reply as it is, or a stop with what the platform says is wrong.
check <- function(reply) {
  if (reply$status >= 200 && reply$status < 300) return(invisible(reply))
  told <- tryCatch(from_json(reply$body)$error, error = function(e) NULL)
  stop_with(if (is.list(told)) told else list(message = paste("the platform answered with status", reply$status)))
}

stop_with <- function(told) {
  text <- if (is.null(told$message)) "unknown error" else told$message
  # What an algorithm does not handle keeps the type of what it called.
  stop(errorCondition(paste0("Algorithm error: ", text), class = "AlgorithmiaError", error_type = told$error_type))
}

# Path of the API for `data://.my/files`, `s3+label://bucket/x` or a plain path.
data_path <- function(ref) {
  if (!is.character(ref) || length(ref) != 1) stop("the path needs to be a string")
  parts <- regmatches(ref, regexec("^([A-Za-z0-9+_.-]+)://(.*)$", ref))[[1]]
  if (length(parts) == 0) return(paste0("/v1/connector/data/", encoded_path(sub("^/+", "", ref))))
  paste0("/v1/connector/", utils::URLencode(parts[2], reserved = TRUE), "/", encoded_path(sub("^/+", "", parts[3])))
}

encoded_path <- function(path) {
  pieces <- strsplit(path, "/", fixed = TRUE)[[1]]
  paste(vapply(pieces, utils::URLencode, "", reserved = TRUE), collapse = "/")
}

last_part <- function(path) sub("^.*/", "", sub("/+$", "", path))
