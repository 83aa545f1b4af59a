package cases.wrongname

class Other {
  def apply(input: String): String = input
}
