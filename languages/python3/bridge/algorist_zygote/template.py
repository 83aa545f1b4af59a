"""The process that workers are forked from. It has the interpreter and the platform's libraries loaded and nothing else:
no author code, no secret, no capability. Descriptor 5 has the system-call filter of its forks. Orders come as JSON lines on
descriptor 3, and so do reports go.

    {"prepare": n, "network"}               -> {"prepared": n, "pid": its number in here, "outer"} or {"failed": n, "message"}
                                            "outer": a descriptor of it, where its network is to be connected (room.py)
    {"start": n, "runtime": {command, env, limits}}       it starts a program that waits for the order (runtime.py)
    {"go": n, "order": {artifact, tmpBytes, tmpFiles, env, limits}}   "filter" makes it a version's template (keeper.py)
    {"end": n}                              a prepared fork is not wanted
                                            -> {"ended": n, "code", "signal"}; its number is kept until
    {"forget": n}
"""
import gc
import json
import os
import select
import signal
import socket

from . import init, kernel, lines, room, shed

CONTROL = 3
FILTER = 5
CHUNK_BYTES = 65536


class _Fork:
    """`starter` made the namespaces, `pid` is the first process in them, `orders` is the descriptor of their channel."""

    def __init__(self, starter, orders):
        self.starter = starter
        self.orders = orders
        self.pid = None
        self.outer = None
        self.prepared = False
        self.ended = False


class Template:
    """`hidden` are names in /proc that forks may not read."""

    def __init__(self, hidden):
        with open(FILTER, "rb") as file:
            self._offer = init.Offer(file.read(), hidden)
        self._lines = lines.Lines(CONTROL)
        self._forks = {}
        self._poll = select.poll()
        self._line = None

    def serve(self):
        """Returns in workers only: their line if they are to be a template, else None."""
        kernel.prctl(kernel.PR_SET_CHILD_SUBREAPER, 1)
        wake, woken = os.pipe()
        for fd in (wake, woken):
            os.set_blocking(fd, False)
        signal.set_wakeup_fd(woken)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for fd in (CONTROL, wake):
            self._poll.register(fd, select.POLLIN)
        # The collector would write to every object of every fork, and so copy the memory that forking shares.
        gc.collect()
        gc.freeze()
        while True:
            for fd, _ in self._poll.poll():
                if fd == CONTROL:
                    if self._obey():
                        return self._line
                elif fd == wake:
                    os.read(wake, CHUNK_BYTES)
                    self._report_ended()
                else:
                    self._hear(fd)

    def _obey(self):
        """Carries out the orders that have arrived; True in a worker."""
        for order in self._lines.receive():
            if "prepare" in order:
                if self._prepare(order["prepare"], order.get("network") == "full"):
                    return True
            elif "start" in order:
                self._tell(order["start"], {"runtime": order["runtime"]})
            elif "go" in order:
                self._tell(order["go"], order["order"])
                self._hang_up(order["go"])
            elif "end" in order:
                self._hang_up(order["end"])
            elif "forget" in order:
                self._forget(order["forget"])
        return False

    def _prepare(self, number, is_connected):
        # Numbers, not objects: a worker closes what is not its own at once, and an object would close its number again
        # later, when it is somebody else's.
        ours, theirs = (end.detach() for end in socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET))
        starter = os.fork()
        if starter == 0:
            shed.descriptors({0, 1, 2, theirs})
            self._line = _start(number, theirs, self._offer, is_connected)
            return True
        os.close(theirs)
        self._forks[number] = _Fork(starter, ours)
        self._poll.register(ours, select.POLLIN)
        return False

    def _tell(self, number, order):
        fork = self._forks.get(number)
        if fork is None or fork.orders is None:
            return
        try:
            os.write(fork.orders, json.dumps(order).encode())
        except OSError:
            pass  # it has ended, which is reported

    def _hang_up(self, number):
        fork = self._forks.get(number)
        if fork is not None:
            self._close_orders(fork)

    def _close_orders(self, fork):
        if fork.orders is not None:
            self._poll.unregister(fork.orders)
            os.close(fork.orders)
            fork.orders = None

    def _hear(self, fd):
        number, fork = next((item for item in self._forks.items() if item[1].orders == fd), (None, None))
        if fork is None:
            return
        message = os.read(fd, CHUNK_BYTES)
        if not message:
            self._close_orders(fork)
            return
        news = json.loads(message)
        if "failed" in news:
            self._lines.say({"failed": number, "message": news["failed"]})
            return
        # One comes from the starter and one from the fork, in either order.
        fork.pid = news.get("pid", fork.pid)
        fork.outer = news.get("outer", fork.outer)
        fork.prepared |= "prepared" in news
        if fork.prepared and fork.pid is not None:
            # The starter is ending; once it has, the fork is our child, and the runner finds it by that.
            _wait_for_starter(fork)
            self._lines.say({"prepared": number, "pid": fork.pid, "outer": fork.outer})

    def _report_ended(self):
        for number, fork in self._forks.items():
            if fork.ended or fork.pid is None:
                continue
            _wait_for_starter(fork)
            status = os.waitid(os.P_PID, fork.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            if status is not None:
                fork.ended = True
                self._lines.say(dict(lines.ending(status), ended=number))

    def _forget(self, number):
        """Only now may the kernel give its number to another process: the runner will signal it no more."""
        fork = self._forks.pop(number, None)
        if fork is None:
            return
        self._close_orders(fork)
        _wait_for_starter(fork)
        if fork.pid is not None:
            os.waitpid(fork.pid, 0)


def _wait_for_starter(fork):
    if fork.starter is not None:
        os.waitpid(fork.starter, 0)
        fork.starter = None


def _start(number, orders, offer, is_connected):
    """Makes the namespaces and in them the first process. Returns in the worker only: its line, if any."""
    try:
        outer = room.leave_template(is_connected)
        first = os.fork()
        if first:
            os.write(orders, json.dumps({"pid": first}).encode())
            os._exit(0)
        return init.run(number, orders, offer, outer)
    except BaseException as error:
        _fail(orders, "%s: %s" % (type(error).__name__, error))


def _fail(orders, message):
    """Tells the template while it listens, and otherwise whoever reads the template's errors."""
    try:
        os.write(orders, json.dumps({"failed": message}).encode())
    except OSError:
        os.write(2, ("a fork failed: %s\n" % message).encode())
    os._exit(1)
