def apply(input):
    if input == "fine":
        return input
    raise ValueError(input)
