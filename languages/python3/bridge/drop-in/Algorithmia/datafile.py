"""Files of the data API and of connectors."""
import json
import tempfile
from datetime import datetime

from .data import DataObject, DataObjectType
from .errors import DataApiError


class DataFile(DataObject):
    data_object_type = DataObjectType.file
    last_modified = None
    size = None

    def set_attributes(self, attributes):
        """Takes size and time over from an entry of a directory listing."""
        self.last_modified = datetime.strptime(attributes["last_modified"], "%Y-%m-%dT%H:%M:%S.%fZ")
        self.size = attributes["size"]

    def exists(self):
        return self.existsWithError()[0]

    def existsWithError(self):
        """(exists, what the platform says if not)."""
        response = self._send("HEAD")
        exists = response.status_code == 200
        return exists, None if exists else response.error_message()

    def getFile(self, as_path=False):
        """Downloads to a temporary file that stays until the worker ends; an open text file, or its path."""
        with tempfile.NamedTemporaryFile(delete=False) as file:
            self._get(save_to=file)
        return file.name if as_path else open(file.name)

    def getBytes(self):
        return self._get().content

    def getString(self):
        return self._get().text

    def getJson(self):
        return self._get().json()

    def getNumpy(self):
        """The JSON content as a numpy array; numpy must be among the requirements."""
        import numpy

        return numpy.array(self.getJson())

    def put(self, data):
        """Writes text or bytes; the collection must exist."""
        if isinstance(data, str):
            data = data.encode("utf-8")
        if not isinstance(data, (bytes, bytearray)):
            raise TypeError("Must put strings or binary data. Use putJson instead")
        return self._put(bytes(data))

    def putJson(self, data):
        return self._put(json.dumps(data).encode("utf-8"), "application/json")

    def putFile(self, path):
        """Uploads a local file."""
        with open(path, "rb") as file:
            return self._put(file)

    def putNumpy(self, array):
        return self.putJson(array.tolist())

    def delete(self):
        response = self._send("DELETE")
        if response.status_code != 200:
            raise DataApiError(response.error_message())
        return True

    def _get(self, **options):
        response = self._send("GET", **options)
        if response.status_code != 200:
            raise DataApiError("unable to get file %s - %s" % (self.path, response.error_message()))
        return response

    def _put(self, body, content_type="application/octet-stream"):
        response = self._send("PUT", body=body, content_type=content_type)
        if response.status_code != 200:
            raise DataApiError(response.error_message())
        return self
