# frozen_string_literal: true

require 'bundler'

module Builder
  # What a Gemfile asks for.
  class Declared
    # Reads the Gemfile; ends the build when that is none.
    def self.read
      Thread.current[:algorist_changes] = changes = []
      gemfile = Pathname.new(File.expand_path(Bundle::GEMFILE))
      definition = Bundler::Dsl.evaluate(gemfile, Pathname.new("#{gemfile}.lock"), {})
      new(definition.dependencies, changes)
    rescue Bundler::BundlerError, Gem::Requirement::BadRequirementError => error
      # Bundler's text shows the place; its own name for the file is of no use to the author.
      Builder.fail "Gemfile cannot be read: #{error.message.gsub(Bundle::GEMFILE, 'Gemfile').strip}"
    end

    def initialize(dependencies, changes)
      @dependencies = dependencies
      @changes = changes
    end

    # Says in the log what of the Gemfile means something else here.
    def tell
      @changes.each do |kind, what|
        case kind
        when :ruby then tell_ruby(what)
        when :client then Builder.log "algorithmia#{" #{what.join(', ')}" unless what.empty?}: provided by the platform"
        when :group, :gem then Builder.log "left out, since workers do not need it: #{kind} #{Array(what).join(', ')}"
        end
      end
    end

    # Those that come from a registry or the system, as the Gemfile has them.
    def fetched
      others.map(&:to_s).map { |text| text.sub(' (>= 0)', '') }
    end

    # Whether Ruby itself has all of it, as it has minitest and json.
    def brought_by_ruby?
      own = File.join(RbConfig::CONFIG['rubylibprefix'], 'gems')
      others.all? do |dependency|
        found = Gem::Specification.find_all_by_name(dependency.name, dependency.requirement)
        dependency.source.nil? && found.any? { |spec| spec.default_gem? || spec.base_dir.start_with?(own) }
      end
    end

    private

    def others
      client = ENV.fetch('ALGORIST_RUBY_CLIENT')
      @dependencies.reject do |dependency|
        source = dependency.source
        source.is_a?(Bundler::Source::Path) && (!source.is_a?(Bundler::Source::Git)) && source.path.to_s == client
      end
    end

    def tell_ruby(requirements)
      return if Gem::Requirement.new(*requirements).satisfied_by?(Gem::Version.new(RUBY_VERSION))

      Builder.log "Gemfile asks for ruby #{requirements.join(', ')}; the platform runs Ruby #{RUBY_VERSION}, and it is tried with that"
    end
  end
end
