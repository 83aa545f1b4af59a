def apply(input):
    pass
