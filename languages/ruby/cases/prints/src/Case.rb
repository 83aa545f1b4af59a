puts 'loading'

def apply(input)
  puts "out #{input}"
  warn "err #{input}"
  print 'no line end'
  input
end
