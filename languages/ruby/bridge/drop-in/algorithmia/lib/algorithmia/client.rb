# frozen_string_literal: true

module Algorithmia
  # The platform, as one account sees it.
  class Client
    DEFAULT_ADDRESS = 'https://api.algorithmia.com'

    attr_reader :api_key, :api_address, :transport

    def initialize(api_key = nil, api_address = nil)
      @api_key = [api_key, ENV.fetch('ALGORITHMIA_API_KEY', nil)].find { |key| key && !key.empty? }
      @api_address = api_address || ENV.fetch('ALGORITHMIA_API', nil) || DEFAULT_ADDRESS
      @transport = Transport.new(@api_address, @api_key)
    end

    # An algorithm by `owner/name[/version]`, with or without `algo://`.
    def algo(endpoint) = Algorithm.new(self, endpoint)

    # A file by data URI or connector URI.
    def file(data_uri) = DataFile.new(self, data_uri)

    # A directory by data URI or connector URI.
    def dir(data_uri) = DataDirectory.new(self, data_uri)
  end
end
