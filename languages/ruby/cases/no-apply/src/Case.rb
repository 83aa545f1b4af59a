def other(input)
  input
end
