package cases.naturalarguments

object NaturalArguments {
  def apply(counts: Map[String, Int], scale: BigDecimal, pairs: Vector[(String, Long)]): Map[String, BigDecimal] =
    (counts.toSeq ++ pairs.map { case (name, count) => name -> count.toInt }).map { case (name, count) => name -> count * scale }.toMap
}
