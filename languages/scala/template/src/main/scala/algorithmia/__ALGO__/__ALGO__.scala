package algorithmia.__ALGO__

/** Any method named apply is called: with text, with bytes, or with what its types can be made of. */
class __ALGO__ {
  def apply(input: String): String = s"Hello $input"
}
