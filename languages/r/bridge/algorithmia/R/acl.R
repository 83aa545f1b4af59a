# Who may read a collection.

AlgorithmiaAcl <- setRefClass(
  "AlgorithmiaAcl",
  fields = list(read_acl = "character"),
  methods = list(
    getApiQueryList = function() list(read = if (read_acl == "PRIVATE") list() else list(read_acl))
  )
)

READERS <- c("user://*", "algo://.my/*")

getAcl <- function(response) {
  if (!"read" %in% names(response)) stop("Response does not contain read ACL")
  read <- as.character(unlist(response$read))
  if (length(read) > 1 || !all(read %in% READERS)) stop("Invalid read ACL: ", paste(read, collapse = ", "))
  AlgorithmiaAcl$new(read_acl = if (length(read) == 0) "PRIVATE" else read)
}

ReadAcl.PUBLIC <- getAcl(list(read = "user://*"))
ReadAcl.PRIVATE <- getAcl(list(read = list()))
ReadAcl.MY_ALGORITHMS <- getAcl(list(read = "algo://.my/*"))
