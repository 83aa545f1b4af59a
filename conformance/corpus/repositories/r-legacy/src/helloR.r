library(algorithmia)

algorithm <- function(input) {
    if (is.list(input)) return(list(mean = mean(unlist(input$values)), n = length(input$values)))
    if (input == "") stop("bad")
    paste("hello", input, sep = " ")
}
