# frozen_string_literal: true

# Prints what Bundler would put on the search path: name, version and folder, parted by tabs. Folders below the working
# directory are relative. Takes nothing from the network.
require 'bundler'

Bundler.ui = Bundler::UI::Silent.new
Bundler.definition.specs.each do |spec|
  next if spec.name == 'bundler' || spec.full_gem_path == ENV['ALGORIST_RUBY_CLIENT']

  spec.full_require_paths.each { |path| puts [spec.name, spec.version, path.delete_prefix("#{Dir.pwd}/")].join("\t") }
end
