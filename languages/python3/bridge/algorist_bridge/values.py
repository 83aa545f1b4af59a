"""Conversion of call bodies to Python values and of results to bodies (runtime.md 3.2, 7-N)."""
import json
import math

from .channel import BINARY, JSON, TEXT

_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode
_encode_ascii = json.JSONEncoder(allow_nan=False, separators=(",", ":")).encode


class UnreadableInput(Exception):
    """The input cannot be made into a Python value (too deep, too long a number)."""

    error_type = "ParsingError"


class NotANumber(Exception):
    """The result holds a number that JSON does not have."""

    def __init__(self, path):
        super().__init__("result contains NaN or Infinity, which JSON cannot carry (at %s)" % path)


def decode(kind, body):
    """Value that `apply` receives: str, bytes, or what the JSON text says."""
    if kind == BINARY:
        return body if type(body) is bytes else bytes(body)
    try:
        text = str(body, "utf-8")
        return text if kind == TEXT else json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UnreadableInput("input cannot be read: %s" % error) from None


def encode(result):
    """(kind, body) of a result. Raises what `json` raises for values that JSON cannot carry."""
    if isinstance(result, str):
        try:
            return TEXT, result.encode()
        except UnicodeEncodeError:
            return JSON, _encode_ascii(result).encode()  # half a surrogate pair exists in JSON only
    if isinstance(result, (bytes, bytearray)):
        return BINARY, result
    return JSON, _encode_json(result)


def _encode_json(result):
    try:
        return _encode(result).encode()
    except UnicodeEncodeError:
        return _encode_ascii(result).encode()
    except ValueError:
        path = _path_of_nan(result)
        if path is None:
            raise
        raise NotANumber(path) from None


def _path_of_nan(value):
    """Where the first NaN or Infinity is, such as `result.rows[3]`, or None. Its own stack, since results are deep."""
    waiting = [("result", value)]
    seen = set()
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, float) and not math.isfinite(value):
            return path
        if isinstance(value, (dict, list, tuple)) and id(value) not in seen:
            seen.add(id(value))
            waiting.extend(reversed(list(_members(path, value))))
    return None


def _members(path, value):
    if not isinstance(value, dict):
        return (("%s[%d]" % (path, index), item) for index, item in enumerate(value))
    keys = (("a key of " + path, key) for key in value if isinstance(key, float))
    return [*keys, *(("%s.%s" % (path, key), item) for key, item in value.items())]
