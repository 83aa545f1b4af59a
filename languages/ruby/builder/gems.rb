# frozen_string_literal: true

require 'fileutils'
require_relative 'bundle'
require_relative 'declared'
require_relative 'layers'

module Builder
  # Installs what the Gemfile asks for and the platform does not bring itself.
  module Gems
    module_function

    def install
      return Builder.log('no Gemfile; nothing to install') unless File.file?('Gemfile')

      Bundle.prepare
      declared = Declared.read
      declared.tell
      Bundle.take_lock
      if Layers.kept? then from_layer
      elsif declared.brought_by_ruby? && Bundle.from_system == :installed then nil
      else from_registry(declared.fetched)
      end
      tell(Bundle.resolve || Builder.fail('Gemfile: what was installed cannot be resolved'))
    end

    def from_layer
      Layers.take
      return if Bundle.from_layer == :installed

      Builder.log 'the packages that were kept do not do; starting anew'
      exit Layers::WANTS_NEW
    end

    def from_registry(wanted)
      Builder.log "bundle install: #{wanted.join(', ')}"
      case Bundle.from_registry
      when :installed then Layers.keep
      when :unreachable then without_registry(wanted)
      else Builder.fail "Gemfile could not be installed: #{Bundle.reason}"
      end
    end

    # What Debian packages, or `gem install` has put on this machine, does as well when it fits.
    def without_registry(wanted)
      Builder.log 'no registry of gems answers; gems of this system are used where they fit'
      client = wanted.grep(/\Aalgorithmia\b/).first
      Builder.log "#{client}: the platform's own stands in" if client
      Bundle.take_lock
      return if Bundle.from_system == :installed

      if Bundle.lock?
        Builder.log "warning: Gemfile.lock names versions that only a registry has (#{Bundle.reason}); others are taken"
        Bundle.drop_lock
        return if Bundle.from_system == :installed
      end
      Builder.fail "Gemfile could not be installed: #{Bundle.reason} " \
                   '(no registry answers; Debian packages many gems as ruby-NAME, and BUNDLE_MIRROR__ALL names a mirror)'
    end

    # Name, version and folder of each, as the bridge reads them; versions are named in the log.
    def tell(lines)
      File.write(File.join(Bundle::FOLDER, 'gems'), lines.map { |line| "#{line.join("\t")}\n" }.join)
      names = lines.map { |name, version, path| [name, version, path.start_with?('/') ? ' (system)' : ''] }
      named = names.uniq.map { |name, version, from| "#{name} #{version}#{from}" }
      Builder.log "installed: #{named.empty? ? 'nothing' : named.join(', ')}"
    end
  end
end
