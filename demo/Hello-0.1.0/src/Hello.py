"""Greets by name. Takes text; a JSON string counts as text."""


def apply(input):
    return "Hello " + input
