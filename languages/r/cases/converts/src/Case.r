algorithm <- function(input) {
  switch(input,
    na = NA, nas = c(1, NA), infinite = c(Inf, -Inf), named = c(a = 1, b = 2), factor = factor(c("x", "y")),
    frame = data.frame(a = 1:2, b = c("u", "v")), matrix = matrix(1:4, 2), mixed = list(1, b = 2), digits = c(0.1 + 0.2, 1 / 3),
    large = c(1e15, 1e22, 123456789), integers = c(100000L, NA), empty = list(), vacant = character(0), "NULL" = list(NULL),
    one = "text", ones = list("text"), boxed = I("text"), escapes = list(paste0("\"\\/\n\t\001", "\u00e9")), latin = "\xe9",
    date = as.Date("2020-01-02"), complex = complex(real = 1, imaginary = 2), raw = list(as.raw(1)), names = list(a = NULL),
    marked = { text <- "\xe9"; Encoding(text) <- "latin1"; text }, missing = NA_character_
  )
}
