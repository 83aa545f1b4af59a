def apply(_input)
  'record'
end
