# frozen_string_literal: true

# Our own stand-in for the gem `algorithmia` 1.x: calling algorithms, files and directories. Without a key it acts as whoever
# called the running algorithm.
module Algorithmia
  autoload :Algorithm, File.join(__dir__, 'algorithmia/algorithm')
  autoload :Client, File.join(__dir__, 'algorithmia/client')
  autoload :DataDirectory, File.join(__dir__, 'algorithmia/data_directory')
  autoload :DataFile, File.join(__dir__, 'algorithmia/data_file')
  autoload :DataObject, File.join(__dir__, 'algorithmia/data_object')
  autoload :Errors, File.join(__dir__, 'algorithmia/errors')
  autoload :Response, File.join(__dir__, 'algorithmia/response')
  autoload :Transport, File.join(__dir__, 'algorithmia/transport')
  VERSION = '1.1.0'

  class << self
    # Client of the platform at `api_address`; what is not given comes from ALGORITHMIA_API_KEY and ALGORITHMIA_API.
    def client(api_key = nil, api_address = nil)
      Client.new(api_key, api_address)
    end

    def algo(endpoint) = client.algo(endpoint)

    def file(data_uri) = client.file(data_uri)

    def dir(data_uri) = client.dir(data_uri)
  end
end
