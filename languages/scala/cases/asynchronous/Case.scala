package cases.asynchronous

import scala.concurrent.ExecutionContext.Implicits.global
import scala.concurrent.Future

object Case {
  def apply(input: String): Future[String] = Future {
    if (input == "boom") throw new IllegalStateException("boom")
    s"later $input"
  }
}
