def apply(_input)
  { images: ["\x89PNG".b] }
end
