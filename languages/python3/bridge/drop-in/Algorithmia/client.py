"""The client: where requests go, who they act as, and the objects that send them."""
import json
import os

from .algorithm import Algorithm
from .datadirectory import DataDirectory
from .datafile import DataFile
from .insights import report
from .transport import Transport

DEFAULT_ADDRESS = "https://api.algorithmia.com"


class Client:
    """Reads `ALGORITHMIA_API`, `ALGORITHMIA_API_KEY` and `ALGORITHMIA_BEARER_TOKEN` for what is not given."""

    def __init__(self, apiKey=None, apiAddress=None, caCert=None, bearerToken=None):
        self.apiKey = apiKey or os.environ.get("ALGORITHMIA_API_KEY")
        self.bearerToken = None if self.apiKey else bearerToken or os.environ.get("ALGORITHMIA_BEARER_TOKEN")
        self.apiAddress = apiAddress or os.environ.get("ALGORITHMIA_API") or DEFAULT_ADDRESS
        self._transport = Transport(self.apiAddress, self._credentials(), caCert)

    def algo(self, algoRef):
        """An algorithm by `owner/name[/version]`, with or without `algo://`."""
        return Algorithm(self, algoRef)

    def file(self, dataUrl, cleanup=False):
        """A file by data URI or connector URI. `cleanup` is accepted and means nothing here."""
        return DataFile(self, dataUrl)

    def dir(self, dataUrl):
        """A directory by data URI or connector URI."""
        return DataDirectory(self, dataUrl)

    def username(self):
        """Name of the account that requests act as: its own collections are listed first."""
        return next(self.dir("").dirs()).path.split("/")[0]

    def report_insights(self, insights):
        """Reports `{key: value}` for the running call."""
        return report(self._transport, insights)

    def send(self, method, path, **options):
        """One request below `/v1`; see `Transport.send`."""
        return self._transport.send(method, "/v1" + path, **options)

    def send_json(self, method, path, value):
        return self.send(method, path, body=json.dumps(value).encode("utf-8"), content_type="application/json")

    def _credentials(self):
        if self.apiKey:
            return {"Authorization": self.apiKey}
        return {"Authorization": "Bearer " + self.bearerToken} if self.bearerToken else {}
