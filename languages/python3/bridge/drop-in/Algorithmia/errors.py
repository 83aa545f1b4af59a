"""Errors of the client. Algorithms raise `AlgorithmException` to give their callers a message and an error type."""


class ApiError(Exception):
    """A request to the platform failed."""


class ApiInternalError(ApiError):
    """The platform failed (status 5xx)."""


class DataApiError(ApiError):
    """A request for a file or directory failed."""


class AlgorithmException(ApiError):
    """An algorithm failed: raised by clients for a called algorithm, and by algorithms themselves."""

    def __init__(self, message, stack_trace=None, error_type=None):
        super().__init__(message, stack_trace, error_type)
        self.message = message
        self.stack_trace = stack_trace
        self.error_type = error_type

    def __str__(self):
        # Quoted, as callers of existing algorithms see it.
        return repr("%s\n%s" % (self.message, self.stack_trace) if self.stack_trace else self.message)
