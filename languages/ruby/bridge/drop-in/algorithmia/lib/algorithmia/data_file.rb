# frozen_string_literal: true

require 'tempfile'

module Algorithmia
  # A file of hosted data or of a connector.
  class DataFile < DataObject
    def exists?
      request('HEAD')
      true
    rescue Errors::NotFoundError
      false
    end

    # The content: a UTF-8 string for what is stored as text or JSON, else ASCII-8BIT.
    def get = request('GET').body

    # The content as a temporary file, open for reading.
    def get_file
      copy = Tempfile.new(basename)
      copy.binmode
      copy.write(get)
      copy.flush
      # The object holds on to the temporary file, which would be deleted with it otherwise.
      File.new(copy.path).tap { |file| file.instance_variable_set(:@temporary_file, copy) }
    end

    # Stores a text, bytes (an ASCII-8BIT string) or anything JSON can carry.
    def put(data)
      type, body = Transport.encode(data)
      request('PUT', type: type, body: body)
      true
    end

    alias put_json put

    # Stores what the local file holds.
    def put_file(file_path) = put(File.binread(file_path))

    def delete
      request('DELETE')
      true
    end
  end
end
