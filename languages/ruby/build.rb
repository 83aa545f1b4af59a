# frozen_string_literal: true

# Builds a Ruby algorithm in the working directory: checks, then Bundler. What the platform itself brings (the `algorithmia`
# client in any range that ours stands in for) is not fetched, so simple algorithms build offline.
$stdout.sync = true
require_relative 'builder/log'
require_relative 'builder/entry'
require_relative 'builder/gems'

Builder::Entry.check
Builder::Gems.install
Builder.log 'done'
