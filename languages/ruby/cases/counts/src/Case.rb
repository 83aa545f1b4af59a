$calls = 0

def apply(_input)
  $calls += 1
end
