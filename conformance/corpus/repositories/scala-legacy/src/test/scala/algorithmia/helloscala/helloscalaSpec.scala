package algorithmia.helloscala

import org.scalatest._

class helloscalaSpec extends FlatSpec with Matchers {
  "Initial helloscala algorithm" should "return Hello plus input" in {
    "Hello Bob" shouldEqual new helloscala().apply("Bob")
  }
}
