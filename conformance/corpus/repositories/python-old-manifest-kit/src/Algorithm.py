from Algorithmia import ADK


def apply(input, state):
    return "hello {}".format(input)


def load(manifest):
    return {"model": manifest.get_model("m")}


algorithm = ADK(apply, load)
algorithm.init("Algorithmia")
