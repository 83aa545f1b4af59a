# frozen_string_literal: true

module AlgoristBridge
  # The wait of a worker that was started ahead (decision 0072): until its order comes it has seen nobody's code, secret or
  # name. Reads are exact: what follows belongs to the frames.
  module Wait
    FRAMES = 3
    ORDERS = 4
    ALGORITHM = '/opt/algorithm'
    # What most algorithms load sooner or later, and what takes long.
    LOADED_AHEAD = %w[json net/http openssl time set base64 securerandom stringio].freeze
    # Variables that Ruby or its package manager read when they start.
    READ_AT_START = /\A(RUBY|GEM|BUNDLE)/
    module_function

    # Returns once the process has the variables and the folder of an algorithm; ends the process when there will be none.
    def for_order
      LOADED_AHEAD.each { |name| require name }
      variables = JSON.parse(read_order)
      secrets = JSON.parse(read_exactly(read_exactly(4).unpack1('N')))
      ENV.replace({ **secrets, **variables, 'PWD' => ALGORITHM })
      Dir.chdir(ALGORITHM)
      ARGV.clear
      start_anew if secrets.keys.grep(READ_AT_START).any? || other_versions?
    end

    # The command that languages/ruby/language.json has for a worker that waits for nothing.
    def start_anew
      exec('/usr/bin/ruby', '-EUTF-8', '--disable=did_you_mean', '--disable=error_highlight',
           File.join(FOLDER, 'bridge.rb'), FRAMES => FRAMES)
    end

    # Whether the algorithm has gems in other versions than those that are loaded already.
    def other_versions?
      require_relative 'gems'
      Gems.resolved(Dir.pwd).any? do |name, version, _|
        loaded = Gem.loaded_specs[name]
        loaded && loaded.version.to_s != version
      end
    end

    # All of what arrives on the descriptor for orders.
    def read_order
      order = IO.for_fd(ORDERS, 'rb').tap { |io| io.sync = true }
      text = order.read
      order.close
      exit!(0) if text.empty?
      text
    end

    def read_exactly(size)
      @frames ||= IO.for_fd(FRAMES, 'rb', autoclose: false)
      bytes = +''
      bytes << @frames.sysread(size - bytes.bytesize) while bytes.bytesize < size
      bytes
    rescue EOFError
      exit!(0)
    end
  end
end
