package cases.throwstyped

class InputError(message: String) extends RuntimeException(message) {
  val error_type = "InputError"
}

object Case {
  def apply(input: String): String = throw new InputError("no such thing")
}
