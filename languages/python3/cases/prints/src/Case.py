import sys

print("loading")


def apply(input):
    print("out", input)
    print("err", input, file=sys.stderr)
    print("no line end", end="")
    return input
