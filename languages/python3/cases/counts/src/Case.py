calls = 0


def apply(input):
    global calls
    calls += 1
    return calls
