# frozen_string_literal: true

require 'json'
require 'open3'
require 'rbconfig'

module Builder
  # Says early what loading would say later: the file that is missing, the line that is no Ruby.
  module Entry
    module_function

    def check
      names = [configured_name, ENV.fetch('ALGORIST_ALGORITHM', nil), 'Algorithm'].reject { |name| name.to_s.empty? }.uniq
      files = names.map { |name| "src/#{name}.rb" }
      found = files.find { |file| File.file?(file) }
      Builder.fail "expected the algorithm in #{files.join(' or ')}, and there is no such file" if found.nil?
      check_syntax(found)
      warn_without_apply(found)
      Builder.log "algorithm: #{found}"
    end

    def configured_name
      conf = JSON.parse(File.read('algorithmia.conf', encoding: 'bom|utf-8'))
      Builder.fail 'algorithmia.conf is not a JSON object' unless conf.is_a?(Hash)
      conf['algoname'] if conf['algoname'].is_a?(String)
    rescue Errno::ENOENT
      Builder.log 'no algorithmia.conf; the algorithm\'s own name is used'
      nil
    rescue JSON::ParserError => error
      Builder.fail "algorithmia.conf is not a JSON object: #{error.message[0, 200]}"
    end

    def check_syntax(file)
      printed, status = Open3.capture2e(RbConfig.ruby, '-EUTF-8', '-c', file)
      return if status.success?

      Builder.log printed
      Builder.fail "not Ruby #{RUBY_VERSION}: #{printed.lines.first&.chomp}"
    end

    def warn_without_apply(file)
      return if File.binread(file).include?('apply')

      Builder.log "warning: #{file} does not mention apply(input), which is what calls run"
    end
  end
end
