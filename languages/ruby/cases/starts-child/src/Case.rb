def apply(input)
  system('echo', 'from a child')
  input
end
