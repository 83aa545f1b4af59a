"""Smallest bridge: runs apply(input, kind) of /opt/algorithm/algorithm.py over frames (PROTOCOL.md)."""
import json
import os
import socket
import struct
import sys
import traceback

channel = socket.socket(fileno=3)


def send(kind, content, call, body=b""):
    channel.sendall(struct.pack(">IBBI", len(body), ord(kind), ord(content), call) + body)


def receive(count):
    parts = []
    while count:
        part = channel.recv(min(count, 1 << 20))
        if not part:
            sys.exit(0)
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def failure(error):
    return json.dumps(
        {"message": str(error), "stacktrace": traceback.format_exc(), "error_type": type(error).__name__}
    ).encode()


scope = {"send": send, "channel": channel, "call": 0}
try:
    exec(compile(open("algorithm.py").read(), "algorithm.py", "exec"), scope)
except Exception as error:
    send("L", "0", 0, failure(error))
    sys.exit(1)
send("R", "0", 0)

while True:
    size, kind, content, call = struct.unpack(">IBBI", receive(10))
    body = receive(size)
    if not scope.get("no_start_mark"):
        send("S", "0", call)
    scope["call"] = call
    try:
        content, answer = scope["apply"](body, chr(content))
        send("V", content, call, answer)
    except Exception as error:
        send("E", "0", call, failure(error))
