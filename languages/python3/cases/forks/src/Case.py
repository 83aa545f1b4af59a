import os
import sys


def apply(input):
    child = os.fork()
    if child == 0:
        print("not a frame")
        sys.stdout.flush()
        os._exit(0)
    os.waitpid(child, 0)
    return input
