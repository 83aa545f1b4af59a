# frozen_string_literal: true

require 'fileutils'

module Builder
  # Gems that are kept between builds (PROTOCOL.md "Dependencies of a build").
  module Layers
    FOLDER = '/opt/dependencies'
    LOCK = File.join(FOLDER, 'Gemfile.lock')
    BUNDLE = File.join(FOLDER, 'bundle')
    WANTS_NEW = 75
    module_function

    def kept? = ENV['ALGORIST_DEPENDENCIES'] == 'kept'

    # After an installation from a registry. What came from the system is not kept: it is there anyway.
    def keep
      return unless ENV['ALGORIST_DEPENDENCIES'] == 'new'

      copy(Bundle::BUNDLE, BUNDLE) if File.directory?(Bundle::BUNDLE)
      FileUtils.cp("#{Bundle::GEMFILE}.lock", LOCK)
    end

    def take
      return unless File.file?(LOCK)

      copy(BUNDLE, Bundle::BUNDLE) if File.directory?(BUNDLE)
      FileUtils.cp(LOCK, "#{Bundle::GEMFILE}.lock")
      FileUtils.chmod('u+w', "#{Bundle::GEMFILE}.lock")
    end

    # Files of their own, which the build may change.
    def copy(source, target)
      FileUtils.mkdir_p(File.dirname(target))
      copied = system('/bin/cp', '-R', '-P', '--preserve=timestamps', '--reflink=auto', source, target)
      copied &&= system('/bin/chmod', '-R', 'u+w', target)
      Builder.fail "#{source} could not be copied" unless copied
    end
  end
end
