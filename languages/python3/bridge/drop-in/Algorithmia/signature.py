"""How many parameters a function takes, counted as the platform's packages count them."""


def positional_count(function):
    """Positional parameters of a function, `self` of methods and those with defaults included."""
    code = getattr(getattr(function, "__func__", function), "__code__", None)
    if code is not None and not hasattr(function, "__wrapped__"):
        return code.co_argcount
    import inspect

    return len(inspect.getfullargspec(function).args)
