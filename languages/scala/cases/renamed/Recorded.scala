package cases.renamed

object Recorded {
  def apply(input: String): String = "recorded name"
}

object OldName {
  def apply(input: String): String = "old name"
}
