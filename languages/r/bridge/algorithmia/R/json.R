# JSON by the part in C that the bridge is compiled with, which is loaded already inside a worker.

json_library <- new.env()

.onLoad <- function(libname, pkgname) {
  loaded <- getLoadedDLLs()[["algorist"]]
  if (is.null(loaded)) loaded <- dyn.load(file.path(dirname(libname), "algorist.so"))
  json_library$routines <- getDLLRegisteredRoutines(loaded)$.Call
}

to_json <- function(value) .Call(json_library$routines$to_json, value)

from_json <- function(bytes) .Call(json_library$routines$from_json, bytes)

text_of <- function(bytes) .Call(json_library$routines$text, bytes)
