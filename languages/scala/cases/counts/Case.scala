package cases.counts

class Case {
  private var calls = 0

  def apply(input: String): Int = {
    calls += 1
    calls
  }
}
