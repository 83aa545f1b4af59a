"""Greets by name. Takes text; a JSON string counts as text."""


class NoMatchingApply(Exception):
    """The input has a type that no `apply` of this algorithm takes."""

    def __init__(self):
        super().__init__("apply() functions do not match input data")
        # Shown to callers instead of the traceback, which would tell them nothing about their input.
        self.stacktrace = str(self)


def apply(input):
    if not isinstance(input, str):
        raise NoMatchingApply
    return "Hello " + input
