"""Our own stand-in for the package `algorithmia` 1.17, used when an algorithm's requirements do not pin that package.

It offers what algorithms use while they run: calling algorithms, files and directories, ADK and handler, insights.
Managing algorithms, users and organizations is not part of it: pin `algorithmia==1.17.0` in requirements.txt for that.
Standard library only; the parts that cost start-up time (HTTP, TLS) load with the first request.
"""
from .adk import ADK
from .client import Client
from .handler import Handler

__version__ = "1.17.0"

apiKey = None
apiAddress = None
_default_client = None


def client(api_key=None, api_address=None, ca_cert=None, bearer_token=None):
    """A client. Without a key it acts as whoever called the running algorithm."""
    return Client(api_key, api_address or apiAddress, ca_cert, bearer_token)


def algo(ref):
    """`client().algo(ref)` on a client shared by these short cuts."""
    return _shared_client().algo(ref)


def file(url):
    return _shared_client().file(url)


def dir(url):
    return _shared_client().dir(url)


def handler(apply_func, load_func=lambda: None):
    """Wraps `apply` and `load` for `.serve()`."""
    return Handler(apply_func, load_func)


def _shared_client():
    global _default_client
    if _default_client is None or _default_client.apiKey != apiKey:
        _default_client = client(apiKey)
    return _default_client
