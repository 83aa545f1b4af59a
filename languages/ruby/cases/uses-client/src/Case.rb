require 'algorithmia'

CLIENT = Algorithmia.client(nil)

def apply(_input)
  CLIENT.algo('algo://util/Echo').class.name
end
