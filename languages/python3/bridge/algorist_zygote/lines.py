"""JSON lines on a stream socket, and how the end of a process is told in them."""
import json
import os
import signal


class Lines:
    def __init__(self, fd):
        self.fd = fd
        self._rest = b""

    def receive(self):
        """What has arrived. The runner being gone ends this process, and with it all that it is the first of."""
        data = os.read(self.fd, 65536)
        if not data:
            os._exit(0)
        *lines, self._rest = (self._rest + data).split(b"\n")
        return [json.loads(line) for line in lines]

    def say(self, news):
        data = json.dumps(news).encode() + b"\n"
        while data:
            data = data[os.write(self.fd, data):]


def ending(status):
    """Of what `os.waitid` says: the first process of a namespace ends with its worker's code, or 128 and its signal."""
    if status.si_code != os.CLD_EXITED:
        return {"code": None, "signal": signal.Signals(status.si_status).name}
    return {"code": status.si_status, "signal": None}
