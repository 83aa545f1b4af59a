# frozen_string_literal: true

require 'fileutils'
require 'open3'
require 'rbconfig'

module Builder
  # Runs Bundler over the platform's Gemfile, which reads the algorithm's own.
  module Bundle
    FOLDER = '.algorist'
    GEMFILE = File.join(FOLDER, 'Gemfile')
    BUNDLE = File.join(FOLDER, 'bundle')
    BRIDGE = ['/opt/bridge', File.expand_path('../bridge', __dir__)].find { |folder| File.directory?(folder) }
    CLIENT = File.join(BRIDGE, 'drop-in', 'algorithmia')
    DEBIAN = File.join(__dir__, 'debian_gems.rb')
    # How Bundler ends when it reaches nobody (Bundler::HTTPError).
    UNREACHABLE = 17
    # Sections of a lock file that say which Ruby and Bundler wrote it: both are the platform's.
    OF_OTHERS = /^(RUBY VERSION|BUNDLED WITH)\n(?:[ \t]+.*\n?)+\n*/
    @reason = nil

    class << self
      # Why the last run of Bundler failed, in a line.
      attr_reader :reason

      def prepare
        FileUtils.rm_rf(FOLDER)
        FileUtils.mkdir_p(FOLDER)
        FileUtils.cp(File.join(__dir__, 'Gemfile'), GEMFILE)
        FileUtils.chmod('u+w', GEMFILE)
        ENV['ALGORIST_RUBY_CLIENT'] = CLIENT
      end

      # Puts the algorithm's lock file where Bundler looks for it.
      def take_lock
        drop_lock
        return unless File.file?('Gemfile.lock')

        text = File.read('Gemfile.lock', encoding: 'bom|utf-8').gsub("\r\n", "\n")
        File.write(lock, text.gsub(OF_OTHERS, ''))
      end

      def drop_lock = FileUtils.rm_f(lock)

      def lock? = File.file?(lock)

      # All of it from registries, apart from what this system has.
      def from_registry
        FileUtils.rm_f(File.join(FOLDER, 'no-registry'))
        run(environment.merge('GEM_PATH' => File.expand_path(BUNDLE)), ['install', *jobs])
      end

      # With what is on this system and in vendor/cache.
      def from_system
        FileUtils.touch(File.join(FOLDER, 'no-registry'))
        run(environment, ['install', '--local'], quiet: true)
      end

      # With the gems that an earlier build has installed.
      def from_layer
        run(environment.merge('GEM_PATH' => File.expand_path(BUNDLE)), ['install', '--local'], quiet: true)
      end

      # Name, version and folder of each gem on the search path; folders of the algorithm's own are relative. Nil when
      # Bundler cannot tell.
      def resolve
        program = File.join(__dir__, 'resolved.rb')
        printed, errors, status = Open3.capture3(environment, RbConfig.ruby, '-EUTF-8', program)
        return printed.lines(chomp: true).map { |line| line.split("\t") } if status.success?

        Builder.log errors
        nil
      end

      private

      def lock = "#{GEMFILE}.lock"

      def jobs = ['--jobs', '4']

      # GEM_HOME is where gems go; without GEM_PATH those of the system are seen as well.
      def environment
        {
          'BUNDLE_GEMFILE' => File.expand_path(GEMFILE), 'BUNDLE_APP_CONFIG' => '/tmp/bundle/app',
          'BUNDLE_CACHE_PATH' => File.expand_path('vendor/cache'), 'BUNDLE_USER_HOME' => '/tmp/bundle',
          'BUNDLE_SILENCE_ROOT_WARNING' => 'true', 'BUNDLE_RETRY' => '1', 'BUNDLE_TIMEOUT' => '15',
          'BUNDLE_DISABLE_VERSION_CHECK' => 'true', 'BUNDLE_FROZEN' => 'false', 'RUBYOPT' => nil,
          'GEM_HOME' => File.expand_path(BUNDLE), 'GEM_PATH' => nil, **mirror
        }
      end

      def mirror
        address = ENV.fetch('RUBYGEMS_MIRROR', '')
        address.empty? ? {} : { 'BUNDLE_MIRROR__ALL' => address }
      end

      def run(environment, arguments, quiet: false)
        printed, status = Open3.popen2e(environment, RbConfig.ruby, '-r', DEBIAN, '-S', 'bundle', *arguments) do |input, output, waiter|
          input.close
          lines = output.each_line.map { |line| line.tap { puts line unless quiet } }
          [lines, waiter.value]
        end
        return :installed if status.success?

        @reason = reason_in(printed)
        status.exitstatus == UNREACHABLE ? :unreachable : :failed
      end

      # Bundler tells what it lacks in a line that starts so, and what it ran into in the last.
      def reason_in(lines)
        lines = lines.map(&:strip).reject(&:empty?)
        told = lines.find { |line| line.match?(/\A(Could not|Gem::|An error|Bundler could not|Your bundle|Because )/) }
        told || lines.last || 'Bundler said nothing'
      end
    end
  end
end
