# frozen_string_literal: true

require 'json'
require_relative 'slow_json'

module AlgoristBridge
  # The input cannot be made into a Ruby value.
  class UnreadableInput < StandardError
    def error_type = 'ParsingError'
  end

  # The result cannot be made into an answer.
  class UnwritableResult < StandardError
    def error_type = 'AlgorithmError'
  end

  # Conversion of call bodies to Ruby values and of results to bodies (runtime.md 3.2, 3.11, 7-N).
  module Values
    # As deep as JSON may be here; generating it takes stack.
    MAX_DEPTH = 5000
    module_function

    # Value that `apply` receives: an ASCII-8BIT string for bytes, a UTF-8 string for text, or what the JSON says.
    def decode(kind, body)
      return body if kind == 'b'

      text = body.force_encoding(Encoding::UTF_8)
      kind == 't' ? text : JSON.parse(text, max_nesting: false)
    rescue JSON::ParserError => error
      raise UnreadableInput, "input cannot be read: #{error.message[0, 200]}", cause: nil
    end

    # Kind and body of a result. Raises UnwritableResult for what JSON cannot carry.
    def encode(result)
      return encode_json(result) unless result.is_a?(String)
      return ['b', result] if result.encoding == Encoding::BINARY

      ['t', text(result)]
    end

    def text(string)
      utf8 = string.encode(Encoding::UTF_8)
      return utf8 if utf8.valid_encoding?

      raise UnwritableResult, "result is text, but its bytes are not #{string.encoding}; for bytes, answer result.b"
    rescue EncodingError => error
      raise UnwritableResult, "result is text that UTF-8 cannot carry: #{error.message}", cause: nil
    end

    def encode_json(result)
      ['j', JSON.generate(result, max_nesting: MAX_DEPTH)]
    rescue JSON::JSONError, EncodingError, SystemStackError => error
      problem = SlowJson.problem(result, MAX_DEPTH) || "result is not JSON serializable: #{error.message}"
      raise UnwritableResult, problem, cause: nil
    end
  end
end
