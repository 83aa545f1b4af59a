def apply(input):
    return "the wrong one"
