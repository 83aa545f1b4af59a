algorithm <- function(input) {
  parallel::mclapply(1:2, function(i) { cat("from a fork\n"); i * 2 }, mc.cores = 2)
}
