"""Exceptions of author code as the error JSON of the protocol (runtime.md 3.3, 2.10)."""
import json
import os
import re

BRIDGE_FOLDER = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
DEFAULT_TYPE = "AlgorithmError"
LOADING_TYPE = "LoadingError"
_TYPE_NAME = re.compile(r"[A-Za-z]\w*Error")


def describe(error, default_type=DEFAULT_TYPE):
    """Error JSON as bytes.

    An exception may carry `error_type` and `stacktrace` (both text); they stand in for the default type and for the
    traceback.
    """
    message, error_type = _message_and_type(error)
    own_stacktrace = getattr(error, "stacktrace", None)
    return json.dumps({
        "message": message,
        "stacktrace": own_stacktrace if isinstance(own_stacktrace, str) else _stacktrace(error),
        "error_type": error_type or default_type,
    }).encode("ascii")


def _message_and_type(error):
    error_type = getattr(error, "error_type", None)
    if isinstance(error_type, str) and error_type:
        return _text_of(error), error_type
    # Clients since 1.7 take (message, stack_trace, error_type); older code passes the type as second argument.
    if type(error).__name__ == "AlgorithmException":
        second = getattr(error, "stack_trace", None)
        if isinstance(second, str) and _TYPE_NAME.fullmatch(second):
            return str(getattr(error, "message", "")), second
    return _text_of(error), None


def _text_of(error):
    try:
        return str(error)
    except Exception:  # a broken __str__ of author code
        return type(error).__name__


def _stacktrace(error):
    """The traceback from author code on; our own frames would tell authors nothing."""
    import traceback  # costs a good part of the start-up time, so it comes with the first error

    tb = error.__traceback__
    while tb is not None and tb.tb_frame.f_code.co_filename.startswith(BRIDGE_FOLDER):
        tb = tb.tb_next
    return "".join(traceback.format_exception(type(error), error, tb))
