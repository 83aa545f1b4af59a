package algorithmia.Unfinished

class Unfinished {
  def run(input: String): String = input
}
