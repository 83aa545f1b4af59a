def apply(input)
  circular = []
  circular << circular
  input == 'fine' ? input : circular
end
