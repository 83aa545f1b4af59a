def apply(input):
    return input if input == "fine" else {1, 2}
