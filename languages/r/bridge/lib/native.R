# The bridge's part in C (native/), compiled into algorist.so. R itself cannot read a socket that it was given: its connections
# open paths and addresses, not descriptors, and its console can be redirected only from C.

native <- NULL

# Makes it callable. Nothing happens with the process yet.
load_native <- function(folder) {
  file <- file.path(folder, "algorist.so")
  if (!file.exists(file)) {
    stop(file, " is missing: the bridge was not compiled, which needs gcc, the C library's headers and those of R")
  }
  native <<- getDLLRegisteredRoutines(dyn.load(file))$.Call
}

# Takes over the descriptors and the console of the process.
open_native <- function(folder) {
  load_native(folder)
  .Call(native$start)
}

# Sends a frame; `body` is raw, one text in UTF-8, or NULL.
send <- function(type, kind, call, body) .Call(native$send, type, kind, call, body)

# list(type, kind, call, body) of the next frame; NULL at the end.
receive <- function() .Call(native$receive)
