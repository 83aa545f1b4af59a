require 'yaml'

def apply(input)
  YAML.load(input).map(&:to_s).join(' ')
end
