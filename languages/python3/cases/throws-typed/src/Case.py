class NotThere(Exception):
    error_type = "InputError"


def apply(input):
    raise NotThere("no such thing")
