import Algorithmia


def apply(input, globals):
    return "hello {} {}".format(str(input), globals['payload'])


def load():
    globals = {}
    globals['payload'] = "Loading has been completed."
    return globals


Algorithmia.handler(apply, load).serve()
