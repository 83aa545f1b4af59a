"""Copies bytes between connections to 127.0.0.1 in the sandbox and the runner's socket for this worker.

The same as relay.pl, inside a process that is there anyway. Owns its connections; the loop is init.py's.
"""
import os
import select
import socket

PORT = 41899
BACKLOG = 128
CHUNK_BYTES = 65536


def listen(port=PORT):
    """The listening socket's number; whoever connects before the loop runs waits in its queue."""
    return socket.create_server(("127.0.0.1", port), backlog=BACKLOG).detach()


def serve(listener, door, watched):
    """Relays until the process of the descriptor `watched` has ended. Never returns."""
    poll = select.poll()
    poll.register(watched, select.POLLIN)
    flows = Relay(listener, door, poll)
    while True:
        for fd, events in poll.poll():
            if fd == watched:
                os._exit(0)
            flows.handle(fd, events)


class Relay:
    """`door` is a path at which the runner's socket can be connected to."""

    def __init__(self, listener, door, poll):
        self._listener = socket.socket(fileno=listener)
        self._door = door
        self._poll = poll
        self._flows = {}
        self._listener.setblocking(False)
        poll.register(self._listener, select.POLLIN)

    def handle(self, fd, events):
        """For each descriptor that the loop's poll reports and does not know itself."""
        if fd == self._listener.fileno():
            self._connect()
        elif fd in self._flows:
            side = self._flows[fd]
            if events & select.POLLOUT:
                side.peer.send_on(side)
            if events & (select.POLLIN | select.POLLHUP | select.POLLERR) and not side.ended and not side.pending:
                side.receive()
            self._watch(side)

    def _connect(self):
        try:
            inner, _ = self._listener.accept()
        except OSError:
            return
        outer = socket.socket(socket.AF_UNIX)
        try:
            outer.connect(self._door)
        except OSError:
            inner.close()
            outer.close()
            return
        one, other = _Side(inner), _Side(outer)
        one.peer, other.peer = other, one
        for side in (one, other):
            side.socket.setblocking(False)
            self._flows[side.fd] = side
            self._poll.register(side.fd, select.POLLIN)

    def _watch(self, changed):
        pair = (changed, changed.peer)
        if any(side.failed for side in pair) or all(side.ended and not side.pending for side in pair):
            for side in pair:
                del self._flows[side.fd]
                self._poll.unregister(side.fd)
                side.socket.close()
            return
        for side in pair:
            reads = select.POLLIN if not side.ended and not side.pending else 0
            writes = select.POLLOUT if side.peer.pending else 0
            self._poll.modify(side.fd, reads | writes)


class _Side:
    """One end; `pending` is what was read from it and not yet written to its peer."""

    def __init__(self, socket_):
        self.socket = socket_
        self.fd = socket_.fileno()
        self.peer = None
        self.pending = b""
        self.ended = False
        self.failed = False

    def receive(self):
        try:
            data = self.socket.recv(CHUNK_BYTES)
        except BlockingIOError:
            return
        except OSError:
            self.failed = True
            return
        if data:
            self.pending = data
            self.send_on(self.peer)
        else:
            self.ended = True
            self.peer.shut()

    def send_on(self, target):
        if not self.pending:
            return
        try:
            sent = target.socket.send(self.pending)
        except BlockingIOError:
            return
        except OSError:
            self.failed = True
            return
        self.pending = self.pending[sent:]

    def shut(self):
        try:
            self.socket.shutdown(socket.SHUT_WR)
        except OSError:
            pass
