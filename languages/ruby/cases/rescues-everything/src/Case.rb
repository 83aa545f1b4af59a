def apply(input)
  case input
  when 'not implemented' then raise NotImplementedError, 'no'
  when 'deep' then apply(input)
  when 'eval' then eval('1 +')
  when 'anonymous' then raise Class.new(IndexError), 'nobody'
  else throw :nowhere
  end
end
