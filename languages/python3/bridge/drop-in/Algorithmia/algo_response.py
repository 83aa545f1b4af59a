"""Answers of called algorithms."""
import base64

from .errors import AlgorithmException, ApiError


class AlgoResponse:
    """`result` (str, bytes, or what the JSON says) and `metadata`."""

    def __init__(self, result, metadata):
        self.result = result
        self.metadata = metadata

    def __repr__(self):
        return "AlgoResponse(result=%s,metadata=%s)" % (self.result, self.metadata)

    @staticmethod
    def create_algo_response(response):
        """From the reply's JSON; raises AlgorithmException if the algorithm failed."""
        if "async" in response and "request_id" in response:
            return AsyncResponse(response)
        if "error" in response:
            raise algorithm_exception(response["error"])
        if "metadata" not in response:
            raise ApiError("the reply is no answer of an algorithm: %s" % response)
        metadata = Metadata(response["metadata"])
        result = response["result"]
        return AlgoResponse(base64.b64decode(result) if metadata.content_type == "binary" else result, metadata)


class Metadata:
    def __init__(self, metadata):
        self.content_type = metadata["content_type"]
        self.duration = metadata["duration"]
        self.stdout = metadata.get("stdout")
        self.full_metadata = metadata

    def __getitem__(self, key):
        return self.__dict__[key]

    def __repr__(self):
        return "Metadata(content_type='%s',duration=%s,stdout=%s)" % (self.content_type, self.duration, self.stdout)


class AsyncResponse:
    """A call whose result nobody waits for."""

    def __init__(self, response):
        self.async_protocol = response["async"]
        self.request_id = response["request_id"]

    def __repr__(self):
        return "AsyncResponse(async_protocol=%s,request_id=%s)" % (self.async_protocol, self.request_id)


def algorithm_exception(error):
    if not isinstance(error, dict):
        return AlgorithmException(str(error))
    # The platform writes `stacktrace`; the package reads only the other spelling, and messages are compared.
    return AlgorithmException(error.get("message"), error.get("stack_trace"), error.get("error_type"))
