at_exit { puts 'at exit' }

def apply(_input)
  abort 'leaving'
end
