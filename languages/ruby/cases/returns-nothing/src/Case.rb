def apply(_input); end
