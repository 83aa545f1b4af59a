require 'timeout'
require 'uri'
require 'bigdecimal'

def apply(input)
  raise TypeError unless 1.is_a?(Fixnum) && (2**70).is_a?(Bignum) && File.exists?('/')

  [URI.escape(input), URI.decode('a%20b'), BigDecimal.new('1.5').to_s, 'text'.untaint, timeout(5) { 'in time' }]
end
