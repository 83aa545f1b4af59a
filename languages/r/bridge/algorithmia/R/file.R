# Files of the data API and of connectors.

AlgorithmiaDataFile <- setRefClass(
  "AlgorithmiaDataFile",
  fields = list(client = "AlgorithmiaClient", dataFileUrl = "character", last_modified = "ANY", size = "numeric"),
  methods = list(
    exists = function() client$ask("HEAD", dataFileUrl)$status == 200,
    getName = function() utils::URLdecode(last_part(dataFileUrl)),
    setAttributes = function(attributes) {
      last_modified <<- as.POSIXct(attributes$last_modified, "UTC", "%Y-%m-%dT%H:%M:%OS")
      size <<- as.numeric(attributes$size)
    },
    getRaw = function() check(client$ask("GET", dataFileUrl))$body,
    getString = function() text_of(getRaw()),
    getJson = function() from_json(getRaw()),
    getFile = function() {
      "Path of a copy, which is there as long as the worker."
      path <- tempfile()
      writeBin(getRaw(), path)
      path
    },
    put = function(data) {
      type <- if (is.raw(data)) "application/octet-stream" else "text/plain"
      check(client$ask("PUT", dataFileUrl, data, type))
    },
    putJson = function(data) check(client$ask("PUT", dataFileUrl, to_json(data), "application/json")),
    putFile = function(fileName) put(readBin(fileName, raw(), file.size(fileName))),
    delete = function() check(client$ask("DELETE", dataFileUrl))
  )
)

getDataFile <- function(client, dataRef) {
  AlgorithmiaDataFile$new(client = client, dataFileUrl = data_path(dataRef), last_modified = NA, size = NA_real_)
}
