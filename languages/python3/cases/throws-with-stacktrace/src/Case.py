def apply(input):
    error = ValueError("no")
    error.stacktrace = "only this"
    raise error
