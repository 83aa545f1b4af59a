def apply(_input)
  puts 'last words'
  exit 3
end
