from Algorithmia import ADK


def apply(input, state):
    return "hello {} {}".format(str(input), str(state))


def load():
    return "Loading has been completed."


algorithm = ADK(apply, load)
algorithm.init("Algorithmia")
