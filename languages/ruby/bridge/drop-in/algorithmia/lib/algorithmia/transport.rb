# frozen_string_literal: true

require 'json'
require 'net/http'
require 'uri'

module Algorithmia
  # HTTP for the client: connections that are kept, safe to use from several threads.
  class Transport
    # A finished exchange.
    Reply = Struct.new(:code, :headers, :body, :parsed_response, keyword_init: true)
    REQUESTS = { 'GET' => Net::HTTP::Get, 'HEAD' => Net::HTTP::Head, 'POST' => Net::HTTP::Post, 'PUT' => Net::HTTP::Put,
                 'DELETE' => Net::HTTP::Delete }.freeze
    KEPT_S = 30
    # Files are as large as they are.
    DATA_WAIT_S = 3600

    # Content type and body of a value: text, bytes (ASCII-8BIT), or JSON.
    def self.encode(value)
      return ['application/json', JSON.generate(value)] unless value.is_a?(String)

      [value.encoding == Encoding::BINARY ? 'application/octet-stream' : 'text/plain', value]
    end

    def initialize(address, key)
      @address = URI(address.chomp('/'))
      @key = key
      @idle = []
      @process = Process.pid
    end

    # One exchange; raises what Errors.of tells of the reply.
    def send_request(method, path, query: {}, type: nil, body: nil, wait_s: DATA_WAIT_S)
      query = URI.encode_www_form(query)
      path += "?#{query}" unless query.empty?
      request = REQUESTS.fetch(method).new(@address.path + path)
      request['Authorization'] = @key if @key
      request['Content-Type'] = type if type
      request.body = body if body
      reply = read(exchange(request, wait_s))
      error = Errors.of(reply)
      raise error if error

      reply
    end

    private

    def exchange(request, wait_s)
      connection = take
      connection.read_timeout = wait_s
      response = connection.request(request)
      @idle.push(connection)
      response
    rescue StandardError
      connection&.finish if connection&.started?
      raise
    end

    # A forked child must not talk on its parent's connections.
    def take
      if @process != Process.pid
        @idle = []
        @process = Process.pid
      end
      @idle.pop || connect
    end

    def connect
      connection = Net::HTTP.new(@address.host, @address.port)
      connection.use_ssl = @address.scheme == 'https'
      connection.keep_alive_timeout = KEPT_S
      connection.max_retries = 0
      connection.start
    end

    def read(response)
      type = response['content-type'].to_s
      body = response.body
      body = body.dup.force_encoding(Encoding::UTF_8) if body && type.match?(%r{\A(text/|application/json)|charset=utf-8}i)
      Reply.new(code: response.code.to_i, headers: response, body: body, parsed_response: parse(type, body))
    end

    def parse(type, body)
      return body unless body && type.start_with?('application/json')

      JSON.parse(body, max_nesting: false)
    rescue JSON::ParserError
      body
    end
  end
end
