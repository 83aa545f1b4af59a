package algorithmia.Old

import java.util.{List => JavaList, Map => JavaMap}

case class Range(rangeEnd: Int, label: String)

class Old {
  private var failures = 0

  def apply(input: String): String = input

  def apply(one: Int, other: Int): Int = one + other

  def apply(range: Range): Range = range.copy(rangeEnd = range.rangeEnd + 1)

  def apply(bytes: Array[Byte]): Array[Byte] = bytes.reverse

  def apply(one: String, other: Int, third: Boolean): Nothing = {
    failures += 1
    throw new IllegalStateException(s"failure $failures")
  }
}
