def apply(_input)
  { rows: [1.5, Float::NAN] }
end
