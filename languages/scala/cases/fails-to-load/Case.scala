package cases.failstoload

class Case {
  println("about to fail")
  Class.forName("no_such_package.Thing")

  def apply(input: String): String = input
}
