package cases.printsalot

object Case {
  def apply(input: String): String = {
    val line = "x" * 1023
    for (_ <- 1 to 5 * 1024) println(line)
    input
  }
}
