require 'timeout'

def apply(_input)
  Timeout.timeout(0.05) { loop { Thread.pass } }
end
