import Algorithmia
import helper


def apply(input):
    return helper.count(input)
