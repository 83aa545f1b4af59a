# frozen_string_literal: true

# The build of one algorithm. Everything printed is its log.
module Builder
  module_function

  def log(line) = puts(line)

  # Ends the build; the message names the file and what was expected.
  def fail(message)
    puts "error: #{message}"
    exit 1
  end
end
