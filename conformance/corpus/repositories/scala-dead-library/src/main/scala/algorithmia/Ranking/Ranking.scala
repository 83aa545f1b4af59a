package algorithmia.Ranking

class Ranking {
  def apply(input: String): String = s"first: $input"
}
