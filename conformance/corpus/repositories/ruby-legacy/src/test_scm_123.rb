require 'algorithmia'

def apply(input)
  raise ArgumentError, 'nobody to greet' if input == ''
  "Hello #{input}"
end
