# frozen_string_literal: true

# For Bundler, which takes our stand-in from this folder (builder/Gemfile).
Gem::Specification.new do |gem|
  gem.name = 'algorithmia'
  gem.version = '1.1.0'
  gem.summary = 'Client of the platform that an algorithm runs on'
  gem.authors = ['Algorist']
  gem.files = []
end
