package cases.printsbytes

object Case {
  def apply(input: String): String = {
    System.out.write(Array(0xff, 0xfe, '\n').map(_.toByte))
    input
  }
}
