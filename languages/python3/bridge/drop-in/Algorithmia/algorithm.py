"""Calling algorithms."""
import json
import re
from enum import Enum

from .algo_response import AlgoResponse, AsyncResponse
from .errors import ApiError, ApiInternalError


class OutputType(Enum):
    default = 1
    raw = 2
    void = 3


class Algorithm:
    """`owner/name[/version]`; `pipe` calls it."""

    def __init__(self, client, algoRef):
        match = re.match(r"(?:algo://|/)?([^/]+/.+)$", algoRef.strip())
        if match is None:
            raise ValueError("Invalid algorithm URI: " + algoRef)
        self.client = client
        self.path = match.group(1)
        self.url = "/v1/algo/" + self.path
        self.query_parameters = {}
        self.output_type = OutputType.default

    def set_options(self, timeout=300, stdout=False, output=OutputType.default, **query_parameters):
        """Options of later calls: seconds, whether to return what was printed, kind of answer. Returns itself."""
        self.output_type = output
        self.query_parameters = {"timeout": timeout, "stdout": stdout, **query_parameters}
        if output in (OutputType.raw, OutputType.void):
            self.query_parameters["output"] = output.name
        return self

    def pipe(self, input1):
        """Calls with str, bytes or anything JSON can carry.

        Returns AlgoResponse, text for raw output, AsyncResponse for void. Raises AlgorithmException if the algorithm
        failed and ApiError if the call was refused.
        """
        content_type, body = _body_of(input1)
        response = self.client.send(
            "POST", "/algo/" + self.path, body=body, content_type=content_type, query=self.query_parameters
        )
        if response.status_code >= 500:
            raise ApiInternalError(response.error_message())
        if response.status_code != 200:
            raise ApiError(response.error_message())
        if self.output_type is OutputType.raw:
            return response.text
        if self.output_type is OutputType.void:
            return AsyncResponse(response.json())
        return AlgoResponse.create_algo_response(response.json())

    def pipeJson(self, input_json):
        """Calls with JSON text as it is."""
        response = self.client.send(
            "POST", "/algo/" + self.path, body=input_json.encode("utf-8"), content_type="application/json",
            query=self.query_parameters,
        )
        if response.status_code != 200:
            raise ApiError(response.error_message())
        return AlgoResponse.create_algo_response(response.json())


def _body_of(value):
    if isinstance(value, str):
        return "text/plain", value.encode("utf-8")
    if isinstance(value, (bytes, bytearray)):
        return "application/octet-stream", bytes(value)
    return "application/json", json.dumps(value).encode("utf-8")
