"""HTTP for the client: keep-alive connections to one address, safe to use from several threads."""
import json
import os


class Response:
    """Status, headers and body of a finished exchange."""

    def __init__(self, status, headers, content):
        self.status_code = status
        self.headers = headers
        self.content = content

    @property
    def text(self):
        return self.content.decode("utf-8", "replace")

    def json(self):
        return json.loads(self.content.decode("utf-8"))

    def error_message(self):
        """What the platform says went wrong: the header on HEAD requests, else the JSON error, else the status."""
        header = self.headers.get("X-Error-Message")
        if header:
            return header
        try:
            error = self.json()["error"]
            return error["message"] if isinstance(error, dict) else str(error)
        except (ValueError, KeyError, TypeError):
            return self.text or "status %d" % self.status_code


class Transport:
    """Sends requests to `address`, such as `http://127.0.0.1:9000`, with the headers in `headers`."""

    def __init__(self, address, headers, ca_cert=None):
        self._address = address.rstrip("/")
        self._headers = headers
        self._ca_cert = ca_cert
        self._idle = []
        self._process = os.getpid()

    def send(self, method, path, body=None, content_type=None, query=None, save_to=None):
        """One exchange. `body` is bytes or an open file; with `save_to` (an open file) a 200 body is written there."""
        from urllib.parse import urlencode

        headers = dict(self._headers)
        if content_type:
            headers["Content-Type"] = content_type
        if query:
            path += ("&" if "?" in path else "?") + urlencode(query)
        connection, base_path = self._connection()
        try:
            connection.request(method, base_path + path, body=body, headers=headers)
            answer = connection.getresponse()
            content = _read(answer, save_to)
        except BaseException:
            connection.close()
            raise
        if answer.will_close:
            connection.close()
        else:
            self._idle.append((connection, base_path))
        return Response(answer.status, answer.headers, content)

    def _connection(self):
        if self._process != os.getpid():  # a forked child must not talk on its parent's connections
            self._idle, self._process = [], os.getpid()
        while self._idle:
            connection, base_path = self._idle.pop()
            if not _is_dropped(connection):
                return connection, base_path
            connection.close()
        return self._connect()

    def _connect(self):
        from http.client import HTTPConnection, HTTPSConnection
        from urllib.parse import urlsplit

        parts = urlsplit(self._address)
        if parts.scheme == "https":
            import ssl

            context = ssl.create_default_context(cafile=self._ca_cert or os.environ.get("REQUESTS_CA_BUNDLE"))
            return HTTPSConnection(parts.hostname, parts.port, context=context), parts.path
        return HTTPConnection(parts.hostname, parts.port), parts.path


def _is_dropped(connection):
    """An idle connection that is readable was closed by the other side."""
    import select

    try:
        return connection.sock is None or bool(select.select([connection.sock], [], [], 0)[0])
    except ValueError:
        return True  # descriptor too high for select: connect anew


def _read(answer, save_to):
    if save_to is None or answer.status != 200:
        return answer.read()
    while True:
        block = answer.read(1 << 18)
        if not block:
            return b""
        save_to.write(block)
