class NoSuchThing < StandardError
  def error_type
    'InputError'
  end
end

def apply(_input)
  raise NoSuchThing, 'no such thing'
end
