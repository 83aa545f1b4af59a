package algorithmia.__ALGO__

import org.scalatest.funsuite.AnyFunSuite

class __ALGO__Spec extends AnyFunSuite {
  test("greets") {
    assert(new __ALGO__().apply("Jane") == "Hello Jane")
  }
}
