"""Relays the platform API for a version's template and all of its forks, which share one loopback and one port there.

As whom a request acts depends on who made its connection. Who connects cannot be asked, since it runs author code: the
keeper looks up who holds the other end (ownership.py). This process has no rights and no memory of author code.

    switchboard -> keeper    the other end's port           keeper -> switchboard    a fork's number, "template" or "nobody"
    keeper -> switchboard    "close": what was connected while the version was loaded is nobody's in its forks
    switchboard -> keeper    "closed"
"""
import os
import select
import socket

from . import relay

TEMPLATE, NOBODY, CLOSE, CLOSED = b"template", b"nobody", b"close", b"closed"
MESSAGE_BYTES = 64

ESTABLISHED, CLOSE_WAIT = 1, 8


class Switchboard:
    """`line` leads to the keeper, `door` is the descriptor of the template's own socket of the runner, `folder` that of the
    folder that has those of its forks."""

    def __init__(self, listener, line, door, folder):
        self._line = line
        self._door = door
        self._folder = folder
        self._poll = select.poll()
        self._poll.register(line, select.POLLIN)
        self._relay = relay.Relay(listener, self._door_of, self._poll)
        self._is_to_close = False

    def run(self):
        """Never returns."""
        while True:
            for fd, events in self._poll.poll():
                # The line was registered first, so it comes first: nobody has read since what the poll saw there. Answers are
                # read where they are asked for.
                if fd == self._line:
                    self._receive()
                    self._close_all()
                else:
                    self._relay.handle(fd, events)

    def _door_of(self, connection):
        owner = self._owner_of(connection)
        if self._is_to_close:
            relay.end(connection)
            self._close_all()
            return None
        # A port that was let go meanwhile may be somebody else's by now.
        if owner == NOBODY or not _is_there(connection):
            return None
        if owner == TEMPLATE:
            return "/proc/self/fd/%d" % self._door
        return "/proc/self/fd/%d/%d/api.sock" % (self._folder, int(owner))

    def _owner_of(self, connection):
        try:
            host, port = connection.getpeername()
        except OSError:
            return NOBODY  # it is gone already
        # Every address has ports of its own, and the keeper looks for those of this one alone.
        if host != relay.HOST:
            return NOBODY
        os.write(self._line, b"%d" % port)
        message = self._receive()
        # The order may come between question and answer: this connection is among those that were there by then.
        if message == CLOSE:
            self._is_to_close = True
            message = self._receive()
        return message

    def _receive(self):
        message = os.read(self._line, MESSAGE_BYTES)
        if not message:
            os._exit(0)
        return message

    def _close_all(self):
        self._is_to_close = False
        self._relay.close_all()
        os.write(self._line, CLOSED)


def _is_there(connection):
    """Not reset, so that its addresses have been those of this connection all the time."""
    return connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] in (ESTABLISHED, CLOSE_WAIT)
