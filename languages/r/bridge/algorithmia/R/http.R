# HTTP/1.1 over R's own sockets: the platform's address inside a worker is plain HTTP on the loopback, and base R sends no
# bodies. Addresses with TLS are left to package curl, which is asked for only then.

TIMEOUT_SECONDS <- 3000

# list(status, headers, body): `headers` by their names in small letters, `body` raw. Statuses are not judged.
request <- function(method, url, headers = c(), body = NULL) {
  if (is.character(body)) body <- charToRaw(enc2utf8(body))
  if (startsWith(url, "http://")) request_plain(method, url, headers, body) else request_with_curl(method, url, headers, body)
}

request_plain <- function(method, url, headers, body) {
  parts <- regmatches(url, regexec("^http://([^/:?]+)(?::([0-9]+))?([^?]*)(\\?.*)?$", url, perl = TRUE))[[1]]
  if (length(parts) == 0) stop("not an address: ", url)
  port <- if (nzchar(parts[3])) as.integer(parts[3]) else 80L
  connection <- socketConnection(parts[2], port, open = "r+b", blocking = TRUE, timeout = TIMEOUT_SECONDS)
  on.exit(close(connection))
  path <- paste0(if (nzchar(parts[4])) parts[4] else "/", parts[5])
  writeBin(c(charToRaw(request_head(method, path, parts[2], port, headers, body)), body), connection)
  read_reply(connection, method)
}

request_head <- function(method, path, host, port, headers, body) {
  length <- if (method %in% c("POST", "PUT", "PATCH")) c("Content-Length" = format(length(body), scientific = FALSE))
  headers <- c(Host = paste0(host, ":", port), Connection = "close", length, headers)
  paste0(method, " ", path, " HTTP/1.1\r\n", paste0(names(headers), ": ", headers, "\r\n", collapse = ""), "\r\n")
}

read_reply <- function(connection, method) {
  status <- 100L
  while (status < 200L) {
    first <- read_line(connection)
    status <- as.integer(strsplit(first, " ", fixed = TRUE)[[1]][2])
    headers <- read_headers(connection)
  }
  body <- if (method == "HEAD" || status %in% c(204L, 304L)) raw() else read_body(connection, headers)
  list(status = status, headers = headers, body = body)
}

read_headers <- function(connection) {
  headers <- c()
  while (nzchar(line <- read_line(connection))) {
    colon <- regexpr(":", line, fixed = TRUE)
    headers[tolower(substr(line, 1, colon - 1))] <- trimws(substring(line, colon + 1))
  }
  headers
}

# Byte by byte: what follows the line stays in the connection, which buffers.
read_line <- function(connection) {
  bytes <- raw()
  repeat {
    byte <- readBin(connection, raw(), 1)
    if (length(byte) == 0) stop("the platform ended the connection before its reply was complete")
    if (byte == as.raw(10)) return(sub("\r$", "", rawToChar(bytes)))
    bytes <- c(bytes, byte)
  }
}

read_body <- function(connection, headers) {
  if (identical(tolower(unname(headers["transfer-encoding"])), "chunked")) return(read_chunks(connection))
  size <- headers["content-length"]
  if (!is.na(size)) read_exactly(connection, as.numeric(size)) else read_to_end(connection)
}

read_chunks <- function(connection) {
  parts <- list()
  repeat {
    size <- strtoi(sub(";.*", "", read_line(connection)), 16L)
    if (size == 0) break
    parts[[length(parts) + 1L]] <- read_exactly(connection, size)
    read_line(connection)
  }
  read_headers(connection)
  do.call(c, c(list(raw()), parts))
}

read_exactly <- function(connection, size) {
  parts <- list()
  while (size > 0) {
    part <- readBin(connection, raw(), min(size, 1048576))
    if (length(part) == 0) stop("the platform ended the connection before its reply was complete")
    parts[[length(parts) + 1L]] <- part
    size <- size - length(part)
  }
  do.call(c, c(list(raw()), parts))
}

read_to_end <- function(connection) {
  parts <- list()
  while (length(part <- readBin(connection, raw(), 1048576)) > 0) parts[[length(parts) + 1L]] <- part
  do.call(c, c(list(raw()), parts))
}

request_with_curl <- function(method, url, headers, body) {
  if (!requireNamespace("curl", quietly = TRUE)) stop("calls to ", url, " need the package curl; name it in packages.txt")
  handle <- curl::new_handle(customrequest = method, nobody = method == "HEAD")
  if (length(headers) > 0) do.call(curl::handle_setheaders, c(list(handle), as.list(headers)))
  if (!is.null(body)) curl::handle_setopt(handle, postfieldsize = length(body), postfields = body)
  reply <- curl::curl_fetch_memory(url, handle)
  found <- curl::parse_headers_list(reply$headers)
  list(status = reply$status_code, headers = unlist(found), body = reply$content)
}
