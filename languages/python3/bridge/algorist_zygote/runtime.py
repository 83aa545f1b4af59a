"""A fork whose worker is another program, started before anybody knows for which algorithm (decision 0072).

    init (ours, keeps its capabilities)          the program (our bridge, holds what a worker holds)
      in the group already: starts it       --->   loads itself, waits on descriptor 4
      gets the order, mounts the algorithm and
      /tmp, gives up every right
      writes the variables to it            --->   reads them, then the secrets on descriptor 3, then author code

The program never has a right that a worker has not, and sees author code only when this process has none left either.
"""
import fcntl
import json
import os
import signal
import socket

from . import children, shed

FRAMES, ORDERS = 3, 4
ABOVE_OURS = 10


class Runtime:
    """A started program: `pid`, and `orders`, the end of the stream on which it waits."""

    def __init__(self, pid, orders):
        self.pid = pid
        self.orders = orders

    def wait(self, fd):
        """The message that arrives on `fd`, empty when nobody will send one. Ends this process with the program."""
        if not children.is_heard_before_end(self.pid, fd):
            os._exit(1)
        return os.read(fd, 1 << 20)

    def send(self, env):
        """Lets it run author code. It may end while it is told."""
        try:
            with socket.socket(fileno=self.orders) as orders:
                orders.sendall(json.dumps(env).encode())
        except OSError:
            pass


def start(wanted, offer, pipes, frames):
    """`wanted` has the command, its variables and the limits of a process; `frames` is closed here."""
    ours, theirs = (end.detach() for end in socket.socketpair())
    pid = os.fork()
    if pid == 0:
        try:
            _become(wanted, offer.program, [writer for _, writer in pipes], (frames, theirs))
        except BaseException as error:
            os.write(2, ("%s cannot be started: %s\n" % (wanted["command"][0], error)).encode())
        os._exit(127)
    for fd in (theirs, frames):
        os.close(fd)
    return Runtime(pid, ours)


def _become(wanted, program, writers, streams):
    # Not onto each other: a number that is there may be one that is meant.
    sources = (os.open(os.devnull, os.O_RDONLY), *writers, *streams)
    for target, fd in enumerate([fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, ABOVE_OURS) for fd in sources]):
        os.dup2(fd, target)
    shed.descriptors(set(range(ORDERS + 1)))
    shed.limit(wanted["limits"])
    shed.rights(program)
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)  # Python ignores them, and a program inherits that
    os.execve(wanted["command"][0], wanted["command"], wanted["env"])
