require 'minitest/autorun'
require_relative 'test_scm_123'

class AlgorithmTest < Minitest::Test
  def test_apply
    assert_equal apply('Jane'), 'Hello Jane'
  end
end
