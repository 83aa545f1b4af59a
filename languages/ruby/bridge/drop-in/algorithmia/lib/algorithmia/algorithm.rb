# frozen_string_literal: true

require 'json'

module Algorithmia
  # An algorithm that can be called.
  class Algorithm
    DEFAULT_TIMEOUT_S = 300
    # The platform's own limit comes first, so that its error is what the caller sees.
    PATIENCE_S = 10

    def initialize(client, endpoint)
      @client = client
      @path = "/v1/algo/#{endpoint.sub(%r{\A(algo://|/)}, '')}"
      @options = {}
    end

    # Options of the call: timeout in seconds, stdout, output ('raw', 'void'). They stay for later calls.
    def set(options)
      @options.update(options)
      self
    end

    alias set_options set

    def set_timeout(timeout) = set(timeout: timeout.to_i)

    def enable_stdout = set(stdout: true)

    # Calls with a text, bytes (an ASCII-8BIT string) or anything JSON can carry. Raises what Errors has.
    def pipe(input)
      type, body = Transport.encode(input)
      call(type, body)
    end

    # Calls with JSON text as it is.
    def pipe_json(json) = call('application/json', json)

    private

    def call(type, body)
      wait_s = (@options[:timeout] || DEFAULT_TIMEOUT_S) + PATIENCE_S
      reply = @client.transport.send_request('POST', @path, query: @options, type: type, body: body, wait_s: wait_s)
      Response.new(reply.parsed_response, @options[:output])
    end
  end
end
