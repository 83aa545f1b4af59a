# frozen_string_literal: true

require 'json'

module AlgoristBridge
  # Exceptions of author code as the error JSON of the protocol (runtime.md 3.11, 2.10).
  module Errors
    # Of a trace that is longer (endless recursion), the middle is left out.
    FIRST_LINES = 100
    LAST_LINES = 50
    # What `require` goes through.
    BETWEEN = /\A<internal:(algorist|.*rubygems)/
    module_function

    # Error JSON. An exception may carry `error_type` and `stacktrace` (both text); they stand in for the name of its class
    # and for its trace.
    def describe(error)
      text(
        message: attempt { error.message.to_s } || error.class.to_s,
        stacktrace: member(error, :stacktrace) || attempt { trace(error) } || '',
        error_type: member(error, :error_type) || class_name(error)
      )
    end

    # The same for what is raised while loading; the trace says what was raised, since nobody sees the rest of it.
    def describe_loading(error)
      message = attempt { error.message.to_s } || error.class.to_s
      stacktrace = "#{message} (#{class_name(error)})\n#{attempt { trace(error) }}"
      text(message: message, stacktrace: stacktrace, error_type: 'LoadingError')
    end

    def text(members)
      JSON.generate(members.transform_values { |value| utf8(value) })
    end

    def utf8(string)
      string = string.dup.force_encoding(Encoding::UTF_8) if string.encoding == Encoding::BINARY
      string.encode(Encoding::UTF_8, invalid: :replace, undef: :replace).scrub
    end

    # Anonymous classes are known by the first of their ancestors that has a name.
    def class_name(error)
      error.class.ancestors.filter_map { |ancestor| Module.instance_method(:name).bind_call(ancestor) }.first
    end

    # From author code on, and the same of what was rescued before; the bridge's own lines would tell authors nothing.
    def trace(error)
      lines = author_lines(error)
      cause = error.cause
      lines.push("caused by #{cause.message} (#{class_name(cause)})", *author_lines(cause)) if cause
      lines.join("\n")
    end

    def author_lines(error)
      lines = (error.backtrace || []).reject { |line| line.start_with?(FOLDER) || line.match?(BETWEEN) }
      return lines if lines.size <= FIRST_LINES + LAST_LINES

      left_out = "... #{lines.size - FIRST_LINES - LAST_LINES} more lines"
      [*lines.first(FIRST_LINES), left_out, *lines.last(LAST_LINES)]
    end

    def member(error, name)
      value = attempt { error.public_send(name) if error.respond_to?(name) }
      value if value.is_a?(String) && !value.empty?
    end

    # Author code runs here too.
    def attempt
      yield
    rescue StandardError
      nil
    end
  end
end
