# frozen_string_literal: true

# Starts a Ruby worker: frames on descriptor 3, the algorithm in the working directory (languages/PROTOCOL.md).
# With the argument `wait` it is started before there is an algorithm, and waits for its order (lib/wait.rb).

# All of our own names; author code shares the process.
module AlgoristBridge
  FOLDER = __dir__
end

if ARGV.first == 'wait'
  require_relative 'lib/wait'
  AlgoristBridge::Wait.for_order
end

require_relative 'lib/channel'
require_relative 'lib/output'
require_relative 'lib/gems'
require_relative 'lib/old_ruby'
AlgoristBridge::Gems.set_up(Dir.pwd)
require_relative 'lib/values'
require_relative 'lib/errors'
require_relative 'lib/load'
require_relative 'lib/serve'

AlgoristBridge.run(AlgoristBridge::Channel.new(3))
