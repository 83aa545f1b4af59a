def load
  %w[loaded once]
end

def apply(input, state)
  [input, *state]
end
