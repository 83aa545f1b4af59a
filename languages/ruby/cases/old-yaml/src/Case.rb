require 'yaml'
require 'date'

def apply(input)
  YAML.load(input).inspect
end
