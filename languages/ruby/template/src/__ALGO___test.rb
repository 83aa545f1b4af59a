# Run with: ruby src/__ALGO___test.rb
require 'minitest/autorun'
require_relative '__ALGO__'

class GreetingTest < Minitest::Test
  def test_greets_by_name
    assert_equal 'Hello Jane', apply('Jane')
  end
end
