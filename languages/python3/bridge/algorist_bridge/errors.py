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
    try:
        message, error_type = _message_and_type(error)
        stacktrace = getattr(error, "stacktrace", None)
        if not isinstance(stacktrace, str):
            stacktrace = _stacktrace(error)
    except Exception:  # author code runs here too: properties, __str__
        message, error_type, stacktrace = type(error).__name__, None, ""
    described = {"message": message or type(error).__name__, "stacktrace": stacktrace, "error_type": error_type or default_type}
    return json.dumps(described).encode("ascii")


def _message_and_type(error):
    error_type = getattr(error, "error_type", None)
    if isinstance(error_type, str) and error_type:
        return str(error), error_type
    # Clients since 1.7 take (message, stack_trace, error_type); older code passes the type as second argument.
    if type(error).__name__ == "AlgorithmException":
        second = getattr(error, "stack_trace", None)
        if isinstance(second, str) and _TYPE_NAME.fullmatch(second):
            return str(getattr(error, "message", "")), second
    return str(error), None


def _stacktrace(error):
    """The traceback from author code on; our own frames would tell authors nothing."""
    import traceback  # costs a good part of the start-up time, so it comes with the first error

    tb = error.__traceback__
    while tb is not None and tb.tb_frame.f_code.co_filename.startswith(BRIDGE_FOLDER):
        tb = tb.tb_next
    return "".join(traceback.format_exception(type(error), error, tb))
