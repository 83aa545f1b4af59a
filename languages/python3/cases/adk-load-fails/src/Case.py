from Algorithmia import ADK


def load():
    raise KeyError("model")


ADK(lambda input, state: input, load).init()
