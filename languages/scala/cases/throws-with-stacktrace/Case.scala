package cases.throwswithstacktrace

class Traced extends RuntimeException("no") {
  val stacktrace = "only this"
}

object Case {
  def apply(input: String): String = throw new Traced
}
