import os
import sys

# Modules beside this one are imported by their bare names.
sys.path.insert(0, os.path.abspath(os.path.join(os.path.dirname(__file__), '../src')))

from Algorithmia import ADK
from parts.say import hello
import config


def load():
    globals = {"payload": "Reports go to {}:{}.".format(config.ADDRESS, config.PORT)}
    return globals


def apply(input, globals):
    print("greeting", input)
    return f'{hello(input)} {globals["payload"]}'


algorithm = ADK(apply, load)
algorithm.init("Algorithmia")
