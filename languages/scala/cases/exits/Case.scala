package cases.exits

object Case {
  def apply(input: String): String = {
    println("last words")
    sys.exit(3)
  }
}
