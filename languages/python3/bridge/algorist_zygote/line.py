"""A version template after its code is loaded: forks when it is asked to, and what its forks do to become workers.

All of this runs in memory that author code can write, so nothing here protects anybody: keeper.py looks at the result.
"""
import fcntl
import gc
import json
import os
import socket
import sys

from . import children, draws, kernel, shed

LINE = 4
NAMESPACES = (
    kernel.CLONE_NEWUSER | kernel.CLONE_NEWNS | kernel.CLONE_NEWPID | kernel.CLONE_NEWIPC | kernel.CLONE_NEWUTS
)


class Line:
    def __init__(self):
        self._draws = draws.Draws()

    def begin(self):
        """Author code is loaded next."""
        self._draws.watch()

    def fail(self, message):
        os.write(LINE, message.encode()[:4000])

    def forks(self):
        """Tells that the code is loaded; returns in a worker."""
        self._draws.stop()
        if self._draws.place is not None:
            self.fail("it has drawn random values while loading: %s" % self._draws.place)
            os._exit(0)
        # Math libraries with threads of their own end them before a fork and start them again when they are needed.
        if os.fork() == 0:
            os._exit(0)
        os.wait()
        gc.collect()
        gc.freeze()
        kept = _open_descriptors() - {LINE}
        os.write(LINE, b"loaded")
        line = socket.socket(fileno=LINE)
        while True:
            message, fds, _, _ = socket.recv_fds(line, 16, 1)
            if not message:
                os._exit(0)
            starter = os.fork()
            if starter == 0:
                line.detach()
                if _start(fds[0], kept):
                    return
            os.close(fds[0])
            os.waitpid(starter, 0)


def _open_descriptors():
    """Forks keep those that the keeper lets pass, which lead nowhere: an object that outlives its descriptor would close
    whatever gets that number next."""
    found = set()
    for name in os.listdir("/proc/self/fd"):
        try:
            os.fstat(int(name))
            found.add(int(name))
        except OSError:
            pass  # that of the list itself
    return found


def _start(channel, kept):
    kernel.unshare(NAMESPACES)
    if os.fork():
        os._exit(0)
    shed.descriptors({0, 1, 2, 3, channel} | kept)
    keeper = socket.socket(fileno=channel)
    keeper.send(b"here")
    _, fds, _, _ = socket.recv_fds(keeper, 16, 3)
    # Not onto each other: a number that comes may be one that is meant.
    fds = [fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 10) for fd in fds]
    for target, fd in zip((3, 1, 2), fds):
        os.dup2(fd, target)
    os.setsid()
    os.chdir("/opt/algorithm")
    kernel.drop_capabilities()
    # Before the order: to copy this process takes longer than everything that comes after it.
    orders, to_worker = os.pipe()
    worker = os.fork()
    if worker == 0:
        keeper.detach()
        _wait_for_order(orders, kept)
        return True
    keeper.send(b"shed")
    # A fork whose worker is killed while it waits ends, so that no call is given to it.
    if not children.is_heard_before_end(worker, keeper.fileno()):
        _end_with(worker)
    order = keeper.recv(1 << 20)
    keeper.detach()
    if not order:
        os._exit(0)
    os.close(orders)
    try:
        with open(to_worker, "wb") as pipe:
            pipe.write(order)
    except BrokenPipeError:
        pass  # it was killed just now, which its status says below
    shed.descriptors(set())
    _end_with(worker)


def _end_with(worker):
    """Waits for orphans until the worker has ended."""
    while True:
        pid, status = os.waitpid(-1, 0)
        if pid == worker:
            children.end_like(status)


def _wait_for_order(orders, kept):
    """In the worker."""
    shed.descriptors({0, 1, 2, 3, orders} | kept)
    _reseed()
    with open(orders, "rb") as pipe:
        order = pipe.read()
    if not order:
        os._exit(0)
    os.environ.update(json.loads(order)["env"])


def _reseed():
    """`random` does it itself, and OpenSSL by the process number. What author code has given a seed to keeps it."""
    mtrand = sys.modules.get("numpy.random.mtrand")
    if mtrand is None:
        return
    was_given = getattr(mtrand._rand._bit_generator, "seed_seq", mtrand) is None
    if not was_given:
        mtrand._rand.seed()
