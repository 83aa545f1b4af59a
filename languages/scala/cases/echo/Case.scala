package cases.echo

class Case {
  def apply(input: Any): Any = input
}
