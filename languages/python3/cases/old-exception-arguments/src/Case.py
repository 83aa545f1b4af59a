from Algorithmia.errors import AlgorithmException


def apply(input):
    raise AlgorithmException("not supported", "UnsupportedError")
