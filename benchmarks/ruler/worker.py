"""Worker of the Python ruler: greets, with the frame code of our own bridge and nothing else of it."""
import os
import sys

here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(here, "../../languages/python3/bridge"))

from algorist_bridge.channel import READY, TEXT, VALUE, Channel, frame  # noqa: E402

channel = Channel(3)
channel.send(frame(READY))
while True:
    received = channel.receive()
    if received is None:
        break
    _, _, call, body = received
    channel.send(frame(VALUE, TEXT, call, ("Hello " + str(body, "utf-8")).encode()))
