package cases.returnsunserializable

object Case {
  def apply(input: String): Any = if (input == "x") Thread.currentThread else input
}
