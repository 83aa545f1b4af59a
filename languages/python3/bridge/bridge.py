"""Starts a Python worker: frames on descriptor 3, the algorithm in the working directory (languages/PROTOCOL.md)."""
import os
import sys

from algorist_bridge import after_import
from algorist_bridge.channel import READY, Channel, frame
from algorist_bridge.load import load_algorithm
from algorist_bridge.output import Output
from algorist_bridge.serve import load_or_report, serve

FRAMES_FD = 3


def main(line=None):
    """Loads and serves; with a line to the keeper of a version's template, loads, and serves in each fork."""
    folder = os.getcwd()
    bridge_folder = sys.path.pop(0)  # the bridge's own files are no part of the algorithm's search path
    channel = Channel(FRAMES_FD)
    output = Output(channel)
    output.install()
    after_import.install()
    sys.argv = ["algorithm"]

    def load():
        return load_algorithm(folder, os.environ.get("ALGORIST_ALGORITHM"), os.path.join(bridge_folder, "drop-in"))

    if line is not None:
        line.begin()
    apply = load_or_report(channel, output, load)
    if apply is None:
        if line is not None:
            line.fail("it does not load")
        return 1
    if line is not None:
        line.forks()
        channel = Channel(FRAMES_FD)
        output.join(channel)
        channel.send(frame(READY))
    try:
        serve(channel, output, apply)
    except (BrokenPipeError, ConnectionResetError):
        pass  # the runner is gone: nobody is left to answer
    return 0


if __name__ == "__main__":
    sys.exit(main())
