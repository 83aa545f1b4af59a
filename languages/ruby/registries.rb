# frozen_string_literal: true

# Prints where Bundler installs from when nothing else is said, one address a line: what RubyGems names, and the index that
# Bundler asks instead. Mirrors come from the environment of builds.
require 'bundler'

Gem.default_sources.each do |source|
  fetcher = Bundler::Fetcher::CompactIndex.new(nil, Bundler::Source::Rubygems::Remote.new(Bundler::URI(source)), nil)
  puts source, fetcher.fetch_uri
end
