# frozen_string_literal: true

module AlgoristBridge
  # Waits for results that are not there yet.
  module Settle
    PLAIN = [String, Hash, Array, Numeric, NilClass, TrueClass, FalseClass, Symbol, Struct, IO].freeze
    module_function

    # The value of a thread, a fiber, a task (`wait`) or a future (`value!`); anything else is its own. Raises what they raised.
    def wait_for(result)
      case result
      when *PLAIN then result
      when Thread then value_of_thread(result)
      when Fiber then value_of_fiber(result)
      else value_of_future(result)
      end
    end

    # Its exception is the call's answer and need not be printed as well.
    def value_of_thread(thread)
      thread.report_on_exception = false
      thread.value
    end

    def value_of_fiber(fiber)
      value = nil
      value = fiber.resume while fiber.alive?
      value
    end

    def value_of_future(future)
      return future.value! if future.respond_to?(:value!)
      return future unless future.respond_to?(:wait)

      waited = future.wait
      future.respond_to?(:value) ? future.value : waited
    end
  end
end
