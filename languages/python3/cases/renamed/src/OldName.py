def apply(input):
    return "old name"
