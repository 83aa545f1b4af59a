package cases.natural

import scala.util.{Failure, Success, Try}

sealed trait Size
case object Large extends Size

case class Point(x: Double, y: Double = 0.5)
case class Input(name: String, age: Option[Int], id: Option[Long], tags: Seq[String] = Seq("none"), at: List[Point] = Nil)
case class Output(greeting: String, total: Long, ids: Map[String, Long], big: BigInt, pair: (Int, String), size: Size, `odd-name`: Option[Int])

object Natural {
  private var loaded = ""

  def load(): Unit = loaded = "Hello"

  def apply(input: Input): Try[Output] =
    if (input.name.isEmpty) Failure(new IllegalArgumentException("name is empty"))
    else {
      val total = input.age.map(_ + 1).getOrElse(0) + input.id.map(_ + 1L).getOrElse(0L)
      Success(Output(s"$loaded ${input.name}", total, Map("id" -> total), BigInt(2).pow(70), (input.at.size, input.tags.mkString(",")), Large, None))
    }
}
