# frozen_string_literal: true

module AlgoristBridge
  # Puts on the search path what the build has resolved (builder/gems.rb), without Bundler: loading that takes longer than
  # everything else. Bundler is there for code that asks for it, and finds the Gemfile that was built.
  module Gems
    FILE = File.join('.algorist', 'gems')
    GEMFILE = File.join('.algorist', 'Gemfile')
    BUNDLE = File.join('.algorist', 'bundle')
    CLIENT = File.join(FOLDER, 'drop-in', 'algorithmia')
    module_function

    # A line of the file: name, version and one folder, parted by tabs; the folder may be relative to the algorithm's.
    def set_up(folder)
      lines = resolved(folder)
      $LOAD_PATH.unshift(*lines.map { |_, _, path| File.expand_path(path, folder) })
      # Last, so that a client of the Gemfile's own comes first.
      $LOAD_PATH.push(File.join(CLIENT, 'lib'))
      return unless File.exist?(File.join(folder, GEMFILE))

      ENV.update(environment(folder))
      bundle = File.join(folder, BUNDLE)
      Gem.use_paths(bundle, [bundle, *Gem.path]) if File.directory?(bundle)
      Object.autoload(:Bundler, 'bundler')
    end

    def resolved(folder)
      File.readlines(File.join(folder, FILE), chomp: true).map { |line| line.split("\t") }
    rescue Errno::ENOENT
      []
    end

    # Variables with which Bundler finds what was built, and changes nothing.
    def environment(folder)
      {
        'BUNDLE_GEMFILE' => File.join(folder, GEMFILE),
        'BUNDLE_APP_CONFIG' => File.join(folder, '.algorist', 'bundle-config'),
        'BUNDLE_CACHE_PATH' => File.join(folder, 'vendor', 'cache'),
        'GEM_HOME' => File.join(folder, BUNDLE),
        'BUNDLE_FROZEN' => 'true',
        'ALGORIST_RUBY_CLIENT' => CLIENT
      }
    end
  end
end
