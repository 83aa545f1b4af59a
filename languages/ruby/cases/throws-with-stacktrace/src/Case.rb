class Quiet < StandardError
  def stacktrace
    'only this'
  end
end

def apply(_input)
  raise Quiet, 'no'
end
