import Algorithmia


def apply(input):
    return "hello {}".format(input)
