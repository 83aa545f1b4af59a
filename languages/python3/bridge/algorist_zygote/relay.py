"""Copies bytes between connections to 127.0.0.1 in the sandbox and the runner's socket for this worker.

The same as relay.pl, inside a process that is there anyway. Owns its connections; the loop is whose poll it is given:
init.py's for one worker, switchboard.py's for the forks of a version.
"""
import select
import socket

HOST, PORT = "127.0.0.1", 41899
BACKLOG = 128
CHUNK_BYTES = 65536


def listen():
    """The listening socket's number; whoever connects before the loop runs waits in its queue."""
    return socket.create_server((HOST, PORT), backlog=BACKLOG).detach()


class Relay:
    """`door_of(connection)` is the path at which the runner's socket for whoever connected is, or None for nobody."""

    def __init__(self, listener, door_of, poll):
        self._listener = socket.socket(fileno=listener)
        self._door_of = door_of
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

    def close_all(self):
        """Ends every connection that there is; new ones are accepted as before."""
        for waiting in iter(self._accept, None):
            end(waiting)
        for side in self._flows.values():
            self._wait_for(side, 0)
            end(side.socket)
        self._flows = {}

    def _accept(self):
        try:
            return self._listener.accept()[0]
        except OSError:
            return None

    def _connect(self):
        inner = self._accept()
        if inner is None:
            return
        outer = self._open_door(inner)
        if outer is None:
            inner.close()
            return
        one, other = _Side(inner), _Side(outer)
        one.peer, other.peer = other, one
        for side in (one, other):
            side.socket.setblocking(False)
            self._flows[side.fd] = side
            self._wait_for(side, select.POLLIN)

    def _open_door(self, inner):
        door = self._door_of(inner)
        if door is None:
            return None
        outer = socket.socket(socket.AF_UNIX)
        try:
            outer.connect(door)
        except OSError:
            outer.close()
            return None
        return outer

    def _watch(self, changed):
        pair = (changed, changed.peer)
        if any(side.failed for side in pair) or all(side.ended and not side.pending for side in pair):
            for side in pair:
                del self._flows[side.fd]
                self._wait_for(side, 0)
                side.socket.close()
            return
        for side in pair:
            reads = select.POLLIN if not side.ended and not side.pending else 0
            writes = select.POLLOUT if side.peer.pending else 0
            self._wait_for(side, reads | writes)

    def _wait_for(self, side, events):
        """Whoever waits for nothing is left out: a poll tells of a connection that broke whatever it is asked for, each time."""
        if events:
            self._poll.register(side.fd, events)
        elif side.events:
            self._poll.unregister(side.fd)
        side.events = events


def end(connection):
    """Closes it so that its other end reads its end: unread bytes would have the kernel reset it."""
    connection.setblocking(False)
    try:
        while connection.recv(CHUNK_BYTES):
            pass
    except OSError:
        pass
    connection.close()


class _Side:
    """One end; `pending` is what was read from it and not yet written to its peer, `events` what the poll waits for."""

    def __init__(self, socket_):
        self.socket = socket_
        self.fd = socket_.fileno()
        self.peer = None
        self.pending = b""
        self.events = 0
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
            # Whoever answers early and reads no more (a refusal) has still something to say in the other direction.
            self.ended = True
            sent = len(self.pending)
        self.pending = self.pending[sent:]

    def shut(self):
        try:
            self.socket.shutdown(socket.SHUT_WR)
        except OSError:
            pass
