puts 'about to fail'
require 'no_such_package'
