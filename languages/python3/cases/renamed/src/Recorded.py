def apply(input):
    return "record"
