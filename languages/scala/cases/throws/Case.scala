package cases.throws

class Case {
  def apply(input: String): String =
    if (input == "x") throw new IllegalArgumentException("x") else input
}
