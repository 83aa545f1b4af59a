# frozen_string_literal: true

require_relative 'settle'

module AlgoristBridge
  # What is called: `apply` at the top level of the file, or of the class or module that has the file's name.
  module Entry
    # The input is not what the parameters of `apply` say.
    class WrongInput < StandardError
      def error_type = 'InputError'
    end

    module_function

    # Something with `call(input)` for the file `name`, loaded just now. A class gets its instance, and `load` is run.
    def find(name)
      main = TOPLEVEL_BINDING.receiver
      owner = main.respond_to?(:apply, true) ? nil : named(name)
      return top_level(main) if owner.nil?

      receiver = owner.respond_to?(:apply) ? owner : owner.new
      callable(receiver, receiver.method(:apply), (receiver.method(:load) if receiver.respond_to?(:load)))
    end

    # An `apply` that takes the input alone is looked up at each call, as it always was.
    def top_level(main)
      method = main.method(:apply) if main.respond_to?(:apply, true)
      load = main.method(:load)
      load = nil unless load.owner == Object && load.arity.zero?
      return ->(input) { Settle.wait_for(main.__send__(:apply, input)) } unless method && (takes_members?(method) || load)

      callable(main, method, takes_state?(method) ? load : nil)
    end

    # Constants that `my_algo` can mean: My_algo, MyAlgo, and Algorithm.
    def named(name)
      camel = name.split(/[_-]/).map { |part| part[0].to_s.upcase + part[1..].to_s }.join
      constants = [name[0].upcase + name[1..], camel, 'Algorithm'].uniq.grep(/\A[A-Z]\w*\z/)
      constants.filter_map { |constant| Object.const_get(constant) if Object.const_defined?(constant, false) }
               .find { |owner| owner.is_a?(Module) && applies?(owner) }
    end

    def applies?(owner)
      owner.respond_to?(:apply) || (owner.is_a?(Class) && owner.public_method_defined?(:apply))
    end

    # Runs `load`, whose result is the state of an `apply` that takes one.
    def callable(receiver, method, load)
      state = load&.call
      has_state = !load.nil? && takes_state?(method)
      named = has_state && keywords(method).include?(:state) ? { state: state } : {}
      more = has_state && named.empty? ? [state] : []
      return ->(input) { Settle.wait_for(receiver.__send__(:apply, input, *more, **named)) } unless takes_members?(method)

      names = keywords(method) - [:state]
      ->(input) { Settle.wait_for(receiver.__send__(:apply, **members(input, names), **named)) }
    end

    def members(input, names)
      return input.transform_keys(&:to_sym).except(:state) if input.is_a?(Hash)

      raise WrongInput, "expected a JSON object with #{names.join(', ')}; got #{input.class}"
    end

    def takes_state?(method)
      keywords(method).include?(:state) || method.parameters.count { |kind, _| %i[req opt].include?(kind) } >= 2
    end

    # Whether `apply` names the members of its input: apply(text:, limit: 10).
    def takes_members?(method)
      (method.parameters.map(&:first) & %i[req opt rest]).empty? && keywords(method) != [] && keywords(method) != [:state]
    end

    def keywords(method)
      method.parameters.filter_map { |kind, name| name if %i[key keyreq].include?(kind) }
    end
  end
end
