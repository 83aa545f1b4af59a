require 'logger'

LOG = Logger.new(STDERR, formatter: ->(_level, _time, _name, message) { "#{message}\n" })

def apply(input)
  STDOUT.puts 'constant'
  $stdout << 'appended' << "\n"
  LOG.info('logged')
  warn 'warned'
  input
end
