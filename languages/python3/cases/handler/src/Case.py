import Algorithmia


def apply(input, state):
    return [state, str(type(input).__name__)]


Algorithmia.handler(apply, lambda: "loaded").serve()
