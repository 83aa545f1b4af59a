# frozen_string_literal: true

require 'erb'

module Algorithmia
  # A place in hosted data or in a connector.
  class DataObject
    attr_reader :data_uri

    def initialize(client, data_uri)
      @client = client
      @data_uri = data_uri
    end

    def basename = File.basename(@data_uri)

    def parent = @client.dir(File.dirname(@data_uri).sub(%r{\A([a-z0-9+]+):/?\z}i, '\1://'))

    private

    # `data://` is what paths mean by themselves; the scheme of a connector is the first part of its path.
    def path
      @data_uri.sub(%r{\Adata://}, '').sub(%r{\A/}, '').split('/', -1).map { |part| escape(part) }.join('/').prepend('/v1/data/')
    end

    # `+` and `:` belong to the schemes of connectors.
    def escape(part) = ERB::Util.url_encode(part).gsub('%3A', ':').gsub('%2B', '+')

    def request(method, **options) = @client.transport.send_request(method, path, **options)
  end
end
