# frozen_string_literal: true

module Algorithmia
  # What is raised when the platform or a called algorithm answers with an error.
  module Errors
    # A request failed; `response` is the reply, with code, body and parsed_response.
    class ApiError < StandardError
      attr_reader :response

      def initialize(message = nil, response = nil)
        super(message)
        @response = response
      end
    end

    class UnauthorizedError < ApiError; end
    class NotFoundError < ApiError; end
    class InternalServerError < ApiError; end
    class UnknownError < ApiError; end
    class ApiKeyEmptyError < ApiError; end
    class ApiKeyInvalidError < ApiError; end
    class JsonParseError < ApiError; end

    # A called algorithm failed.
    class AlgorithmError < ApiError
      # Where it failed, for who may see its source; nil for others.
      attr_reader :stacktrace
      # The type that it gave.
      attr_reader :error_type

      def initialize(message = nil, stacktrace = nil, response = nil, error_type = nil)
        super(message, response)
        @stacktrace = stacktrace
        @error_type = error_type
      end
    end

    BY_STATUS = { 401 => UnauthorizedError, 404 => NotFoundError }.freeze

    # The error that a reply tells of, or nil.
    def self.of(reply)
      told = reply.parsed_response['error'] if reply.parsed_response.is_a?(Hash)
      return told && algorithm_error(told, reply) if reply.code.between?(200, 299)

      kind = BY_STATUS.fetch(reply.code, reply.code >= 500 ? InternalServerError : ApiError)
      message = told.is_a?(Hash) ? told['message'] : told
      kind.new(message || reply.headers['x-error-message'] || "the platform answered with status #{reply.code}", reply)
    end

    def self.algorithm_error(told, reply)
      return AlgorithmError.new(told.to_s, nil, reply) unless told.is_a?(Hash)

      AlgorithmError.new(told['message'], told['stacktrace'], reply, told['error_type'])
    end
  end
end
