package algorithmia.helloscala

import com.algorithmia._
import com.algorithmia.algo._
import com.algorithmia.data._
import com.google.gson._

class helloscala {
  def apply(input: String): String = {
    "Hello " + input
  }
}
