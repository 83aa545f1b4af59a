def apply(_input)
  'old name'
end
