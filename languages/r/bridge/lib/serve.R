# The life of a worker: loads the algorithm, then answers one call at a time until the runner closes the stream.

main <- function(bridge_folder, waits) {
  open_native(bridge_folder)
  # Only top level prints warnings that wait, and a worker never gets there.
  options(warn = 1, keep.source = TRUE)
  if (waits) wait_for_order()
  folder <- getwd()
  use_libraries(bridge_folder, folder)
  loaded <- attempt(load_algorithm(folder, Sys.getenv("ALGORIST_ALGORITHM")), "LoadingError")
  if (!is.null(loaded$error)) {
    send("L", "j", 0, loaded$error)
    quit(save = "no", status = 1)
  }
  send("R", "0", 0, NULL)
  serve(loaded$value)
}

serve <- function(run) {
  repeat {
    frame <- receive()
    if (is.null(frame)) return(invisible())
    if (frame$type != "C") next
    send("S", "0", frame$call, NULL)
    answer <- attempt(encode(run(decode(frame$kind, frame$body))))
    if (is.null(answer$error)) send("V", answer$value$kind, frame$call, answer$value$body)
    else send("E", "j", frame$call, answer$error)
  }
}
