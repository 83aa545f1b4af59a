def apply(_input)
  "not \xFF text"
end
