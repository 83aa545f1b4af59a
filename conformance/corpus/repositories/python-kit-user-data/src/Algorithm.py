from Algorithmia import ADK


def apply(input, globals):
    return "hello {} {}".format(str(input), str(globals["payload"]))


def load(modelData):
    modelData.user_data["payload"] = "Loading has been completed."
    return modelData.user_data


algorithm = ADK(apply, load)
algorithm.init("Algorithmia")
