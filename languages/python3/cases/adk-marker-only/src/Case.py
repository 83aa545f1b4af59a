def apply(input):
    return "plain " + input
