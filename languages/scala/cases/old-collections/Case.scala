package algorithmia.OldCollections

class OldCollections {
  def apply(input: java.util.Map[String, Object]): java.util.Map[String, Object] = input

  def apply(input: Seq[Int]): Map[String, Option[Int]] = Map("first" -> input.headOption, "last" -> input.lastOption)
}
