"""__USER__/__ALGO__: greets whoever is named in the input."""
from Algorithmia import ADK


# Called once for every request. `input` is str for text, bytes for binary data, and otherwise what the JSON holds.
# What is returned decides the kind of the answer in the same way.
def apply(input):
    return "hello {}".format(input)


# A second argument may name a function that runs once, before the first call: ADK(apply, load). What it returns is
# handed to apply as second parameter.
algorithm = ADK(apply)
# On the platform this starts serving calls; on your own machine it tries the given input once.
algorithm.init("Algorithmia")
