"""What files and directories share: their kind and their place in the API."""
import re
from enum import Enum
from urllib.parse import quote


class DataObjectType(Enum):
    file = 1
    directory = 2


class DataObject:
    """A file or directory at `path`: a data URI without `data://`, or a whole connector URI."""

    data_object_type = None

    def __init__(self, client, dataUrl):
        self.client = client
        self.path = re.sub(r"^data://|^/", "", dataUrl)

    def is_file(self):
        return self.data_object_type is DataObjectType.file

    def is_dir(self):
        return self.data_object_type is DataObjectType.directory

    def get_type(self):
        return self.data_object_type

    def getName(self):
        return self.path.rstrip("/").rsplit("/", 1)[-1]

    @property
    def url(self):
        return "/v1" + request_path(self.path)

    def _send(self, method, **options):
        return self.client.send(method, request_path(self.path), **options)


def request_path(path):
    """Path below `/v1` for a data path."""
    return "/data/" + quote(path, safe="/:+!$&'()*,;=@~")


def join(parent, name):
    return name if not parent else parent.rstrip("/") + "/" + name
