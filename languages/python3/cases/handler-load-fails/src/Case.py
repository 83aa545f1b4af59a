import Algorithmia


def load():
    raise RuntimeError("no model")


Algorithmia.handler(lambda input: input, load).serve()
