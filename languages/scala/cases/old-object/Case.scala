package algorithmia.OldObject

object OldObject {
  def apply(input: String): String = s"Hello $input"
}
