# frozen_string_literal: true

module AlgoristBridge
  # Looks for what in a result JSON cannot carry, so that the error says where it is. Only for results that failed.
  module SlowJson
    module_function

    # Sentence about the first such value, or nil when none is found.
    def problem(result, max_depth)
      waiting = [['result', result, 0]] # a stack of its own, since results are deep
      until waiting.empty?
        path, value, depth = waiting.pop
        return "result is not JSON serializable: nested deeper than #{max_depth}, or it contains itself" if depth > max_depth

        found = complaint(path, value)
        return found if found

        waiting.concat(members(path, value).map { |name, member| [name, member, depth + 1] }.reverse)
      end
    end

    def complaint(path, value)
      case value
      when Float
        "result contains NaN or Infinity, which JSON cannot carry (at #{path})" unless value.finite?
      when String
        kind = value.encoding == Encoding::BINARY ? 'bytes' : "a text that is not #{value.encoding}"
        "result is not JSON serializable: #{kind} (at #{path})" unless text?(value)
      end
    end

    def text?(string)
      string.encode(Encoding::UTF_8).valid_encoding?
    rescue EncodingError
      false
    end

    def members(path, value)
      case value
      when Array then value.each_with_index.map { |member, index| ["#{path}[#{index}]", member] }
      when Hash then value.flat_map { |key, member| [["a key of #{path}", key.to_s], ["#{path}.#{key}", member]] }
      else []
      end
    end
  end
end
