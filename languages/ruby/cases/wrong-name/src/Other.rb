def apply(input)
  input
end
