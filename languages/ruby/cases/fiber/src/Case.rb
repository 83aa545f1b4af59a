def apply(input)
  Fiber.new do
    Fiber.yield 'not yet'
    "fiber #{input}"
  end
end
