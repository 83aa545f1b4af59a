def apply(input)
  raise input unless input == 'fine'

  input
end
