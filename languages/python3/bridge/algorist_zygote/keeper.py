"""The first process of a version template's namespaces: makes the rooms of the forks of a process that has run author code.

    keeper (ours, keeps its capabilities)      template (author code loaded, holds what a worker holds)
      opens the gate: user namespaces may be made
      "fork", one end of a channel       --->  forks; the child makes namespaces and forks their first process,
                                               which says "here": the kernel adds its number
      closes the gate; a helper enters the namespaces from outside, mounts /tmp and /proc, brings descriptors
                                               gives up the capabilities of its own user namespace, says "shed"
      looks at every process: none but ours may have a capability; only then is it reported as prepared

Control orders and reports are those of template.py. What the template and its forks say is author code's word: it is never
read as more than "I have got there", and what counts is looked up in /proc.
"""
import json
import os
import select
import signal
import socket

from . import entering, inspection, lines, ownership, room, switchboard

CREDENTIALS_BYTES = 12
# How many may be made while the gate is open; namespaces of ended forks count until the kernel has cleaned up.
GATE_OPEN, GATE_CLOSED = "1000", "0"


class _Fork:
    def __init__(self, channel):
        self.channel = channel
        self.pid = None
        self.helper = None
        self.stage = "asked"
        self.ended = False


class Keeper:
    """`line` leads to the template, whose process is `template`, `asks` to the switchboard, whose process is `relaying`;
    `folder` is the descriptor of the folder that the runner sees, `sizes` are bytes and files of a fork's /tmp."""

    def __init__(self, control, line, template, asks, relaying, folder, offer, sizes):
        self._lines = lines.Lines(control)
        self._line = line
        self._template = template
        self._asks = asks
        self._relaying = relaying
        self._folder = folder
        self._offer = offer
        self._sizes = sizes
        self._forks = {}
        self._own = {1, relaying}
        self._queue = []
        self._current = None
        self._poll = select.poll()

    def run(self):
        """Never returns."""
        wake, woken = os.pipe()
        for fd in (wake, woken):
            os.set_blocking(fd, False)
        signal.set_wakeup_fd(woken)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for fd in (self._lines.fd, self._line, self._asks, wake):
            self._poll.register(fd, select.POLLIN)
        while True:
            for fd, _ in self._poll.poll():
                if fd == self._lines.fd:
                    for order in self._lines.receive():
                        self._obey(order)
                elif fd == self._line:
                    self._hear_template()
                elif fd == self._asks:
                    self._hear_switchboard()
                elif fd == wake:
                    os.read(wake, 4096)
                    self._look_for_ended()
                else:
                    self._hear_fork(fd)

    def _obey(self, order):
        if "prepare" in order:
            self._queue.append(order["prepare"])
            self._next()
        elif "go" in order:
            self._send(order["go"], json.dumps(order["order"]).encode())
        elif "end" in order:
            self._kill(self._forks.get(order["end"]))
        elif "forget" in order:
            self._forks.pop(order["forget"], None)

    def _hear_template(self):
        message = os.read(self._line, 4096)
        if message == b"loaded":
            os.write(self._asks, switchboard.CLOSE)
            return
        if message:
            self._refuse_all(message.decode("utf-8", "replace"))
        os._exit(0)

    def _hear_switchboard(self):
        message = os.read(self._asks, switchboard.MESSAGE_BYTES)
        if not message:
            os._exit(1)
        if message != switchboard.CLOSED:
            os.write(self._asks, self._owner_of(int(message)))
            return
        reason = inspection.why_not(self._template, self._own)
        if reason is not None:
            self._refuse_all(reason)
        self._lines.say({"loaded": True})

    def _refuse_all(self, reason):
        self._lines.say({"refused": reason})
        os._exit(0)

    def _owner_of(self, port):
        namespace = ownership.holder(port)
        if namespace is None:
            return switchboard.NOBODY
        if namespace == ownership.namespace_of(1):
            return switchboard.TEMPLATE
        running = ((number, fork) for number, fork in self._forks.items() if fork.pid is not None and not fork.ended)
        found = (number for number, fork in running if ownership.namespace_of(fork.pid) == namespace)
        number = next(found, None)
        return switchboard.NOBODY if number is None else b"%d" % number

    def _next(self):
        """One at a time: whoever has a capability then is this fork or is none of ours."""
        if self._current is None and self._queue:
            self._current = self._queue.pop(0)
            self._ask_for_fork(self._current)

    def _ask_for_fork(self, number):
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self._forks[number] = _Fork(ours)
        self._poll.register(ours, select.POLLIN)
        _set_gate(GATE_OPEN)
        with socket.socket(fileno=os.dup(self._line)) as line:
            socket.send_fds(line, [b"fork"], [theirs.fileno()])
        theirs.close()

    def _hear_fork(self, fd):
        number, fork = next(((n, f) for n, f in self._forks.items() if f.channel and f.channel.fileno() == fd), (0, None))
        if fork is None:
            return
        message, ancillary, _, _ = fork.channel.recvmsg(16, socket.CMSG_SPACE(CREDENTIALS_BYTES))
        if not message:
            self._close(fork)
            if fork.stage in ("asked", "entering"):
                self._refuse(number, fork, "it ended while it was prepared")
        elif fork.stage == "asked":
            fork.pid = int.from_bytes(ancillary[0][2][:4], "little")
            fork.stage = "entering"
            _set_gate(GATE_CLOSED)
            self._enter(number, fork)
        elif fork.stage == "entering":
            self._accept(number, fork)

    def _enter(self, number, fork):
        if not inspection.is_first_of_its_namespace(fork.pid):
            return self._refuse(number, fork, "the process that said it was a fork is none")
        helper = os.fork()
        if helper == 0:
            self._help(number, fork)
        fork.helper = helper
        self._own.add(helper)

    def _help(self, number, fork):
        """In the helper."""
        try:
            entering.run(number, fork.pid, self._folder, fork.channel, self._offer, self._sizes)
        except BaseException as error:
            os.write(2, ("a fork failed: %s: %s\n" % (type(error).__name__, error)).encode())
        os._exit(1)

    def _accept(self, number, fork):
        strange = inspection.who_keeps_capabilities(self._own)
        if strange is not None:
            os.write(2, ("process %d of a version's forks has kept capabilities: all of them end\n" % strange).encode())
            os._exit(1)
        fork.stage = "prepared"
        self._lines.say({"prepared": number, "pid": fork.pid})
        self._current = None
        self._next()

    def _refuse(self, number, fork, reason):
        self._lines.say({"failed": number, "message": reason})
        self._kill(fork)
        fork.stage = "refused"
        _set_gate(GATE_CLOSED)
        self._current = None
        self._next()

    def _send(self, number, order):
        fork = self._forks.get(number)
        if fork is None or fork.channel is None:
            return
        try:
            fork.channel.send(order)
        except OSError:
            pass  # it has ended, which is reported
        self._close(fork)

    def _close(self, fork):
        if fork.channel is not None:
            self._poll.unregister(fork.channel)
            fork.channel.close()
            fork.channel = None

    def _kill(self, fork):
        if fork is not None and fork.pid is not None and not fork.ended:
            os.kill(fork.pid, signal.SIGKILL)

    def _look_for_ended(self):
        while True:
            try:
                status = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG)
            except ChildProcessError:
                os._exit(0)
            if status is None:
                return
            if status.si_pid in (self._template, self._relaying):
                os._exit(0)
            self._own.discard(status.si_pid)
            for number, fork in list(self._forks.items()):
                if fork.helper == status.si_pid and fork.stage == "entering" and status.si_status != 0:
                    self._refuse(number, fork, "it could not be entered")
                if fork.pid == status.si_pid:
                    fork.ended = True
                    self._close(fork)
                    self._lines.say(dict(lines.ending(status), ended=number))


def _set_gate(value):
    room.write("/proc/sys/user/max_user_namespaces", value)
