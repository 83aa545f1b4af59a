# __USER__/__ALGO__: greets whoever is named in the input.

# Called once for every request. `input` is a String for text, an ASCII-8BIT String for binary data, and otherwise what the
# JSON holds. What is returned decides the kind of the answer in the same way.
# To call other algorithms or use hosted data: require 'algorithmia', then Algorithmia.client
def apply(input)
  "Hello #{input}"
end
