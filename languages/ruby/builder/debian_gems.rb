# frozen_string_literal: true

# For Bundler where it uses gems of this system. Debian installs some of them among Ruby's own files, and what it says of those
# names a folder that is not there: Bundler takes them for deleted.
require 'bundler'

Gem::Specification.prepend(Module.new do
  def deleted_gem?
    defined?(super) && super && !loaded_from.to_s.include?('/rubygems-integration/')
  end
end)
