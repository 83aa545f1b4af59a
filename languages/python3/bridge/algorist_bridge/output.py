"""What author code prints, as output frames in the order it was printed.

`sys.stdout` and `sys.stderr` become ordinary line-buffered text streams over the channel. Descriptors 1 and 2 stay
as they are: child processes and C libraries write to the runner's plain pipes.
"""
import io
import os
import sys

from .channel import OUTPUT, STDERR, STDOUT, frame

MAX_FRAME_BYTES = 65536


class _OutputFrames(io.RawIOBase):
    def __init__(self, output, kind, fd):
        self._output = output
        self._kind = kind
        self._fd = fd

    def writable(self):
        return True

    def fileno(self):
        return self._fd

    def write(self, data):
        chunk = bytes(data[:MAX_FRAME_BYTES])
        output = self._output
        if output.forked:
            return os.write(self._fd, chunk)
        output.channel.send(frame(OUTPUT, self._kind, output.call, chunk))
        return len(chunk)


class Output:
    """Both streams; `call` is the number that output belongs to, 0 while none runs."""

    def __init__(self, channel):
        self.channel = channel
        self.call = 0
        self.forked = False
        self._stdout = self._stream(STDOUT, 1)
        self._stderr = self._stream(STDERR, 2)

    def install(self):
        sys.stdout = self._stdout
        sys.stderr = self._stderr
        os.register_at_fork(after_in_child=self._leave_channel)

    def join(self, channel):
        """For a fork that is a worker of its own, with a channel of its own."""
        self.channel = channel
        self.forked = False

    def flush(self):
        """Sends what is still buffered (a line without its end)."""
        try:
            self._stdout.flush()
            self._stderr.flush()
        except ValueError:
            pass  # author code closed a stream

    def _stream(self, kind, fd):
        raw = _OutputFrames(self, kind, fd)
        return io.TextIOWrapper(io.BufferedWriter(raw), encoding="utf-8", errors="backslashreplace", line_buffering=True)

    def _leave_channel(self):
        # A forked child shares the socket with the worker: it must neither write frames nor keep it open.
        if not self.forked:
            self.forked = True
            self.channel.close()
