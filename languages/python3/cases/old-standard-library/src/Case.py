import collections
import inspect
import traceback


def apply(input):
    try:
        raise ValueError(input)
    except ValueError as error:
        lines = traceback.format_exception(etype=type(error), value=error, tb=error.__traceback__)
    return [inspect.getargspec(apply).args, issubclass(dict, collections.Mapping), lines[-1]]
