"""Directories of the data API and of connectors."""
import os

from .acl import Acl
from .data import DataObject, DataObjectType, join, request_path
from .datafile import DataFile
from .errors import DataApiError


class DataDirectory(DataObject):
    data_object_type = DataObjectType.directory

    def exists(self):
        return self._send("GET").status_code == 200

    def create(self, acl=None):
        """Creates the collection, readable as `acl` (see acl.py) says."""
        parent, _, name = self.path.rstrip("/").rpartition("/")
        wanted = {"name": name} if acl is None else {"name": name, "acl": acl.to_api_param()}
        response = self.client.send_json("POST", request_path(parent), wanted)
        if response.status_code != 200:
            raise DataApiError("Directory creation failed: " + response.error_message())

    def delete(self, force=False):
        """Deletes the directory; with `force` also one that is not empty."""
        response = self._send("DELETE", query={"force": "true"} if force else None)
        if response.status_code != 200:
            raise DataApiError(response.error_message())
        return True

    def file(self, name):
        return DataFile(self.client, join(self.path, name))

    def dir(self, name):
        return DataDirectory(self.client, join(self.path, name))

    def files(self):
        """Iterates the files in it."""
        return (item for item in self.list() if item.is_file())

    def dirs(self):
        """Iterates the directories in it."""
        return (item for item in self.list() if item.is_dir())

    def list(self):
        """Iterates directories and files, page by page."""
        marker = None
        while True:
            page = self._page({"marker": marker} if marker else None)
            yield from (self.dir(folder["name"]) for folder in page.get("folders", ()))
            yield from (self._listed_file(entry) for entry in page.get("files", ()))
            marker = page.get("marker")
            if not marker:
                return

    def getDir(self):
        """Downloads all files into a temporary directory and returns its path."""
        import tempfile

        target = tempfile.mkdtemp()
        for file in self.files():
            os.rename(file.getFile(as_path=True), os.path.join(target, file.getName()))
        return target

    def get_permissions(self):
        """Read rights, or None where there are none to set."""
        acl = self._page({"acl": "true"}).get("acl")
        return None if acl is None else Acl.from_acl_response(acl)

    def update_permissions(self, acl):
        response = self.client.send_json("PATCH", request_path(self.path), {"acl": acl.to_api_param()})
        if response.status_code != 200:
            raise DataApiError("Unable to update permissions: " + response.error_message())
        return True

    def _page(self, query):
        response = self._send("GET", query=query)
        if response.status_code != 200:
            raise DataApiError("Directory iteration failed: " + response.error_message())
        return response.json()

    def _listed_file(self, entry):
        file = self.file(entry["filename"])
        file.set_attributes(entry)
        return file
