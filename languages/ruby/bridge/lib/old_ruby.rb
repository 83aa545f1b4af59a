# frozen_string_literal: true

module AlgoristBridge
  # Names that Ruby has dropped since 2.2, put back where they are missing. Those of the standard library come when it is
  # loaded. Nothing that is still there is changed, but for YAML.load, which reads again what it read then, without the
  # classes of other code.
  module OldRuby
    CURES = { 'uri' => :cure_uri, 'psych' => :cure_yaml, 'bigdecimal' => :cure_big_decimal, 'timeout' => :cure_timeout,
              'open-uri' => :cure_open_uri }.freeze
    LOADED = { 'uri' => :URI, 'psych' => :Psych, 'bigdecimal' => :BigDecimal, 'timeout' => :Timeout,
               'open-uri' => :OpenURI }.freeze
    # By name, since Psych loads them when it meets one.
    DATES = %w[Symbol Date Time DateTime].freeze
    INTERNAL = '<internal:algorist>'
    module_function

    def install
      cure_constants
      cure_files
      cure_objects
      LOADED.each { |name, constant| send(CURES.fetch(name)) if Object.const_defined?(constant, false) }
      after_require
    end

    # `require` tells true when it has loaded something: that is when what it was is cured. It bears a name that code which asks
    # who has required it passes over, as it does Ruby's own.
    def after_require
      Kernel.prepend(Module.new { module_eval(<<~RUBY, INTERNAL, 1) })
        private def require(name)
          loaded = super
          cure = AlgoristBridge::OldRuby::CURES[name] if loaded
          AlgoristBridge::OldRuby.public_send(cure) if cure
          loaded
        end
      RUBY
    end

    def cure_constants
      { Fixnum: Integer, Bignum: Integer, NIL: nil, TRUE: true, FALSE: false }.each do |name, value|
        Object.const_set(name, value) unless Object.const_defined?(name, false)
      end
    end

    def cure_files
      [File, Dir].each { |owner| define(owner.singleton_class, :exists?) { |path| exist?(path) } }
      define(Hash, :index) { |value| key(value) }
    end

    def cure_objects
      %i[taint untaint trust untrust].each { |name| define(Object, name) { self } }
      %i[tainted? untrusted?].each { |name| define(Object, name) { false } }
    end

    def cure_uri
      parser = URI::RFC2396_Parser.new
      %i[escape encode].each do |name|
        define(URI.singleton_class, name) { |text, *unsafe| parser.escape(text.to_s, *unsafe) }
      end
      %i[unescape decode].each { |name| define(URI.singleton_class, name) { |text| parser.unescape(text.to_s) } }
    end

    # Symbols, dates and aliases are read again; objects of other classes are still refused (YAML.unsafe_load has them).
    def cure_yaml
      return if Gem::Version.new(Psych::VERSION) < Gem::Version.new('4')

      Psych.singleton_class.prepend(Module.new do
        def load(yaml, permitted_classes: [], aliases: true, **options)
          super(yaml, permitted_classes: permitted_classes | DATES, aliases: aliases, **options)
        end
      end)
    end

    def cure_big_decimal
      define(BigDecimal.singleton_class, :new) { |*arguments| BigDecimal(*arguments) }
    end

    def cure_timeout
      Object.const_set(:TimeoutError, Timeout::Error) unless Object.const_defined?(:TimeoutError)
      define(Object, :timeout, :private) { |*arguments, &block| Timeout.timeout(*arguments, &block) }
    end

    # `open('http://…')` read from the net once open-uri was loaded.
    def cure_open_uri
      Kernel.prepend(Module.new do
        private

        def open(name, *rest, **options, &block)
          return URI.open(name, *rest, **options, &block) if name.is_a?(String) && name.match?(%r{\A(https?|ftp)://}i)

          super
        end
      end)
    end

    def define(owner, name, visibility = :public, &body)
      return if owner.method_defined?(name) || owner.private_method_defined?(name)

      owner.define_method(name, &body)
      owner.send(visibility, name)
    end
  end
end
