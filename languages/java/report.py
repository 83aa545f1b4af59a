"""What a build says. The line that tells why it failed comes last, where people look."""
import sys


def log(line):
    print(line, flush=True)


def fail(message, code=1):
    log("error: %s" % message)
    sys.exit(code)
