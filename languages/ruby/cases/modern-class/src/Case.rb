class Case
  def initialize
    @calls = 0
  end

  def apply(input)
    [input, @calls += 1]
  end
end
