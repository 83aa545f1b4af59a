def apply(input):
    for _ in range(5 * 1024):
        print("x" * 1023)
    return input
