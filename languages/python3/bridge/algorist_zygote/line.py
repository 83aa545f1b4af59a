"""A version template after its code is loaded: forks when it is asked to, and what its forks do to become workers.

All of this runs in memory that author code can write, so nothing here protects anybody: keeper.py looks at the result.
"""
import fcntl
import gc
import json
import os
import socket
import sys

from . import kernel, shed

LINE = 4
NAMESPACES = (
    kernel.CLONE_NEWUSER | kernel.CLONE_NEWNS | kernel.CLONE_NEWPID | kernel.CLONE_NEWIPC | kernel.CLONE_NEWUTS
)


class Line:
    def fail(self, message):
        os.write(LINE, message.encode()[:4000])

    def forks(self):
        """Tells that the code is loaded; returns in a worker."""
        # Math libraries with threads of their own end them before a fork and start them again when they are needed.
        if os.fork() == 0:
            os._exit(0)
        os.wait()
        gc.collect()
        gc.freeze()
        os.write(LINE, b"loaded")
        line = socket.socket(fileno=LINE)
        while True:
            message, fds, _, _ = socket.recv_fds(line, 16, 1)
            if not message:
                os._exit(0)
            starter = os.fork()
            if starter == 0:
                line.detach()
                if _start(fds[0]):
                    return
            os.close(fds[0])
            os.waitpid(starter, 0)


def _start(channel):
    kernel.unshare(NAMESPACES)
    if os.fork():
        os._exit(0)
    shed.descriptors({0, 1, 2, 3, channel})
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
        _wait_for_order(orders)
        return True
    keeper.send(b"shed")
    order = keeper.recv(1 << 20)
    keeper.detach()
    if not order:
        os._exit(0)
    os.close(orders)
    with open(to_worker, "wb") as pipe:
        pipe.write(order)
    shed.descriptors(set())
    while True:
        pid, status = os.waitpid(-1, 0)
        if pid == worker:
            os._exit(os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status))


def _wait_for_order(orders):
    """In the worker."""
    shed.descriptors({0, 1, 2, 3, orders})
    _reseed()
    with open(orders, "rb") as pipe:
        order = pipe.read()
    if not order:
        os._exit(0)
    os.environ.update(json.loads(order)["env"])


def _reseed():
    """`random` does it itself, and OpenSSL by the process number."""
    numpy = sys.modules.get("numpy")
    if numpy is not None and "numpy.random" in sys.modules:
        numpy.random.seed()
