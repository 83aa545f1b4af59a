package cases.prints

class Case {
  println("loading")

  def apply(input: String): String = {
    println(s"out $input")
    Console.err.println(s"err $input")
    print("no line end")
    input
  }
}
