source("src/helloR.r")

test.algorithm <- function() {
    checkEquals(algorithm("Jane"), "hello Jane")
}
