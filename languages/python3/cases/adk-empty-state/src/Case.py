from Algorithmia import ADK


def apply(input, state):
    return input


ADK(apply, lambda: {}).init()
