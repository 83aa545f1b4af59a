def apply(input)
  Thread.new do
    sleep 0.01
    raise input if input == 'boom'

    "later #{input}"
  end
end
