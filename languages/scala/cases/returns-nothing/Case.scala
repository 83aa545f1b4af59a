package cases.returnsnothing

object Case {
  def apply(input: String): Unit = ()
}
