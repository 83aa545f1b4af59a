# frozen_string_literal: true

require 'json'

module Algorithmia
  # A directory of hosted data or of a connector.
  class DataDirectory < DataObject
    def exists?
      request('GET')
      true
    rescue Errors::NotFoundError
      false
    end

    def create
      parent.create_child(basename)
      true
    end

    # @param force also when there is something in it
    def delete(force = false)
      request('DELETE', query: force ? { force: true } : {})
      true
    end

    # Everything in it, or an enumerator of that.
    def each(&block)
      return enum_for(:each) unless block

      list { |page| files(page) + directories(page) }.each(&block)
    end

    def each_file(&block)
      return enum_for(:each_file) unless block

      list { |page| files(page) }.each(&block)
    end

    def each_dir(&block)
      return enum_for(:each_dir) unless block

      list { |page| directories(page) }.each(&block)
    end

    alias each_directory each_dir

    def file(name) = @client.file(child(name))

    def dir(name) = @client.dir(child(name))

    # Stores a local file under its own name.
    def put_file(file_path) = file(File.basename(file_path)).put_file(file_path)

    protected

    def create_child(name)
      request('POST', type: 'application/json', body: JSON.generate(name: name))
    end

    private

    def child(name) = "#{@data_uri.chomp('/')}/#{name}"

    def files(page) = (page['files'] || []).map { |found| file(found['filename']) }

    def directories(page) = (page['folders'] || []).map { |found| dir(found['name']) }

    # What the block makes of each page of the listing, one after the other and only as far as somebody reads.
    def list
      Enumerator.new do |items|
        marker = nil
        loop do
          page = request('GET', query: marker ? { marker: marker } : {}).parsed_response
          yield(page).each { |item| items << item }
          marker = page['marker']
          break if marker.nil? || marker.empty?
        end
      end
    end
  end
end
