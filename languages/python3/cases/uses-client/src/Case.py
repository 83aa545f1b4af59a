import Algorithmia


def apply(input):
    return "algo://" + Algorithmia.client().algo("algo://util/Echo").path
