"""Frames on one stream socket (languages/PROTOCOL.md).

Owns reading and writing of frames and nothing of their meaning. `os.readv` and `os.write` are used instead of the
socket module because importing that costs more than the rest of the bridge's start.
"""
import os
import struct
from _thread import allocate_lock

HEADER = struct.Struct(">IBBI")
BUFFER_BYTES = 65536
# Below this a frame is made whole in memory, so that one write carries it; above, copying would cost more.
SMALL_BODY_BYTES = 65536

READY, LOAD_FAILED, CALL, STARTED, OUTPUT, VALUE, ERROR = (ord(letter) for letter in "RLCSOVE")
TEXT, JSON, BINARY, NONE, STDOUT, STDERR = (ord(letter) for letter in "tjb012")


def frame(type_, kind=NONE, call=0, body=b""):
    """One frame as bytes."""
    return HEADER.pack(len(body), type_, kind, call) + body


class Channel:
    """Blocking frame channel; any thread may send, one thread receives."""

    def __init__(self, fd):
        self._fd = fd
        self._buffer = bytearray(BUFFER_BYTES)
        self._view = memoryview(self._buffer)
        self._whole = [self._view]
        self._start = 0
        self._end = 0
        self._lock = allocate_lock()
        os.set_blocking(fd, True)
        # Programs that author code starts must not hold the runner's socket.
        os.set_inheritable(fd, False)

    def send(self, data):
        """Writes bytes that are one or more whole frames."""
        with self._lock:
            self._write(data)

    def send_big(self, type_, kind, call, body):
        """Like `send(frame(...))` without copying the body."""
        with self._lock:
            self._write(HEADER.pack(len(body), type_, kind, call))
            self._write(body)

    def receive(self):
        """Waits for the next frame: (type, kind, call, body), or None at the end of the stream."""
        while True:
            received = self.receive_buffered()
            if received is not None:
                return received
            missing = self._missing_bytes()
            if missing > BUFFER_BYTES:
                return self._receive_big()
            if not self._fill():
                return None

    def receive_buffered(self):
        """The next frame if it has already arrived as a whole, else None. Never waits."""
        start = self._start
        body_start = start + 10
        if body_start > self._end:
            return None
        size, type_, kind, call = HEADER.unpack_from(self._buffer, start)
        end = body_start + size
        if end > self._end:
            return None
        self._start = end
        return type_, kind, call, bytes(self._view[body_start:end])

    def close(self):
        os.close(self._fd)
        self._fd = -1

    def _write(self, data):
        written = os.write(self._fd, data)
        if written < len(data):
            rest = memoryview(data)[written:]
            while rest:
                rest = rest[os.write(self._fd, rest):]

    def _missing_bytes(self):
        """Length of the frame at the head of the buffer; 0 while its header is incomplete."""
        if self._end - self._start < 10:
            return 0
        return 10 + HEADER.unpack_from(self._buffer, self._start)[0]

    def _fill(self):
        if self._start == self._end:
            self._start = self._end = 0
            read = os.readv(self._fd, self._whole)
        else:
            if self._start:
                waiting = self._end - self._start
                self._buffer[:waiting] = self._buffer[self._start:self._end]
                self._start, self._end = 0, waiting
            read = os.readv(self._fd, [self._view[self._end:]])
        self._end += read
        return read > 0

    def _receive_big(self):
        """A frame that does not fit the buffer is read straight into memory of its own size."""
        size, type_, kind, call = HEADER.unpack_from(self._buffer, self._start)
        body = bytearray(size)
        view = memoryview(body)
        filled = self._end - self._start - 10
        view[:filled] = self._view[self._start + 10:self._end]
        self._start = self._end = 0
        while filled < size:
            read = os.readv(self._fd, [view[filled:]])
            if not read:
                return None
            filled += read
        return type_, kind, call, body
