"""Worker of the Python ruler: greets text and echoes the rest, with the frame code of our own bridge and nothing else of it.

A value is made of the body and a body of the value, as for any function that is given values.
"""
import json
import os
import sys

here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(here, "../../languages/python3/bridge"))

from algorist_bridge.channel import JSON, READY, SMALL_BODY_BYTES, TEXT, VALUE, Channel, frame  # noqa: E402

encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def answer(kind, body):
    if kind == TEXT:
        return ("Hello " + str(body, "utf-8")).encode()
    if kind == JSON:
        return encode(json.loads(str(body, "utf-8"))).encode()
    return body


channel = Channel(3)
channel.send(frame(READY))
try:
    while True:
        received = channel.receive()
        if received is None:
            break
        _, kind, call, body = received
        result = answer(kind, body)
        if len(result) < SMALL_BODY_BYTES:
            channel.send(frame(VALUE, kind, call, result))
        else:
            channel.send_big(VALUE, kind, call, result)
except BrokenPipeError:
    pass  # the server was ended while it was answered
