import sys


def apply(input):
    print("last words")
    sys.exit(3)
