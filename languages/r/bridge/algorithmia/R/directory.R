# Folders of the data API and of connectors.

AlgorithmiaDataDirectory <- setRefClass(
  "AlgorithmiaDataDirectory",
  fields = list(client = "AlgorithmiaClient", dataDirectoryUrl = "character", dataDirectoryPath = "character"),
  methods = list(
    getName = function() utils::URLdecode(last_part(dataDirectoryUrl)),
    getParent = function() sub("/[^/]+$", "", dataDirectoryUrl),
    exists = function() client$ask("GET", dataDirectoryUrl)$status == 200,
    create = function(acl = NULL) {
      body <- c(list(name = getName()), if (!is.null(acl)) list(acl = acl$getApiQueryList()))
      check(client$ask("POST", getParent(), to_json(body), "application/json"))
    },
    delete = function(force = FALSE) {
      check(client$ask("DELETE", dataDirectoryUrl, query = if (force) list(force = TRUE) else list()))
    },
    file = function(name) getDataFile(client, paste0(dataDirectoryPath, "/", name)),
    dir = function(name) getDataDirectory(client, paste0(dataDirectoryPath, "/", name)),
    getDirectoryEntries = function(marker = NA_character_) {
      from_json(check(client$ask("GET", dataDirectoryUrl, query = list(marker = marker)))$body)
    },
    files = function() getIterator(.self, "FILE"),
    dirs = function() getIterator(.self, "DIRECTORY"),
    getPermissions = function() {
      reply <- from_json(check(client$ask("GET", dataDirectoryUrl, query = list(acl = TRUE)))$body)
      if ("acl" %in% names(reply)) getAcl(reply$acl)
    },
    updatePermissions = function(acl) {
      body <- to_json(list(acl = acl$getApiQueryList()))
      check(client$ask("PATCH", dataDirectoryUrl, body, "application/json"))
    }
  )
)

# Reads a listing page by page. `hasNext()` says whether `getNext()` has one more.
AlgorithmiaDirectoryIterator <- setRefClass(
  "AlgorithmiaDirectoryIterator",
  fields = list(
    dataDirectory = "AlgorithmiaDataDirectory", typeFilter = "character",
    marker = "character", first = "logical", index = "numeric", directoryEntries = "list"
  ),
  methods = list(
    hasNext = function() {
      while (first || (index > length(directoryEntries) && !is.na(marker))) {
        page <- dataDirectory$getDirectoryEntries(marker)
        marker <<- if (is.null(page$marker)) NA_character_ else page$marker
        directoryEntries <<- as.list(if (typeFilter == "FILE") page$files else page$folders)
        first <<- FALSE
        index <<- 1
      }
      index <= length(directoryEntries)
    },
    getNext = function() {
      if (!hasNext()) stop("There are no elements left")
      entry <- directoryEntries[[index]]
      index <<- index + 1
      if (typeFilter == "DIRECTORY") return(dataDirectory$dir(entry$name))
      found <- dataDirectory$file(entry$filename)
      found$setAttributes(entry)
      found
    }
  )
)

getIterator <- function(dataDirectory, typeFilter) {
  AlgorithmiaDirectoryIterator$new(
    dataDirectory = dataDirectory, typeFilter = typeFilter,
    marker = NA_character_, first = TRUE, index = 1, directoryEntries = list()
  )
}

getDataDirectory <- function(client, dataRef) {
  path <- sub("/+$", "", dataRef)
  AlgorithmiaDataDirectory$new(client = client, dataDirectoryUrl = data_path(path), dataDirectoryPath = path)
}
