package cases.usesclient

import com.algorithmia._

object Case {
  def apply(input: String): String = Algorithmia.client().algo("util/Echo").toString
}
