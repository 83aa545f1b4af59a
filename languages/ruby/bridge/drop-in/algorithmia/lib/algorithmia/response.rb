# frozen_string_literal: true

module Algorithmia
  # What an algorithm has answered.
  class Response
    # The reply as it came: a Hash, or with the output `raw` a text or bytes.
    attr_reader :json

    def initialize(json, output = nil)
      @json = json
      @output = output
    end

    # The result, binary ones as an ASCII-8BIT string.
    def result
      return @json if @output == 'raw' || !@json.is_a?(Hash)

      content_type == 'binary' ? @json['result'].unpack1('m') : @json['result']
    end

    def metadata = @json['metadata'] || {}

    def duration = metadata['duration']

    def content_type = metadata['content_type']

    def stdout = metadata['stdout']

    def alerts = metadata['alerts']
  end
end
