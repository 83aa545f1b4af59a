import sys


def apply(input):
    sys.stdout.buffer.write(b"\xff\xfe\n")
    sys.stdout.flush()
    return input
