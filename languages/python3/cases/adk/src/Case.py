from Algorithmia import ADK


def load():
    print("loading")
    return {"greeting": "hello"}


def apply(input, state):
    print("applying")
    return "%s %s" % (state["greeting"], input)


ADK(apply, load).init("Algorithmia")
