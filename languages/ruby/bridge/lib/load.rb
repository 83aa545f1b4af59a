# frozen_string_literal: true

require 'json'
require_relative 'entry'

module AlgoristBridge
  # No file of the repository can be the algorithm.
  class EntryNotFound < StandardError; end

  # Finds and loads an algorithm's file (runtime.md 1.10, 3.11).
  module Algorithm
    module_function

    # The algorithm in `folder` as something with `call(input)`. Raises whatever its code raises.
    def load(folder, record_name)
      names = entry_names(folder, record_name)
      name = names.find { |candidate| File.file?(source(folder, candidate)) }
      if name.nil?
        files = names.map { |candidate| "src/#{candidate}.rb" }.join(' or ')
        raise EntryNotFound,
              "expected the algorithm in #{files} (named by algoname in algorithmia.conf), which does not exist"
      end
      OldRuby.install
      require source(folder, name)
      Entry.find(name)
    end

    def source(folder, name)
      File.join(folder, 'src', "#{name}.rb")
    end

    def entry_names(folder, record_name)
      [configured_name(folder), record_name, 'Algorithm'].reject { |name| name.nil? || name.empty? }.uniq
    end

    def configured_name(folder)
      text = File.read(File.join(folder, 'algorithmia.conf'), encoding: 'bom|utf-8')
      conf = JSON.parse(text)
      name = conf['algoname'] if conf.is_a?(Hash)
      name if name.is_a?(String)
    rescue Errno::ENOENT
      nil
    rescue JSON::ParserError => error
      raise EntryNotFound, "algorithmia.conf is not valid JSON: #{error.message[0, 200]}"
    end
  end
end
