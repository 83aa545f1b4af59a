"""Model manifest: files that are downloaded before `load`, and others on demand (runtime.md 5.3)."""
import json
import os

TAMPERED = (
    "Manifest FreezeFile Tamper Detected; please use the CLI and 'algo freeze' to rebuild your algorithm's freeze file."
)


class ModelData:
    """Handed to `load(modelData)`. Keeps objects of the algorithm by key besides."""

    def __init__(self, client, model_manifest_path):
        self.client = client
        self.models = {}
        self._objects = {}
        self.manifest_data = _read_manifest(model_manifest_path)

    def __getitem__(self, key):
        return self._objects[key]

    def __setitem__(self, key, value):
        self._objects[key] = value

    def data(self):
        return dict(self._objects)

    def available(self):
        return bool(self.manifest_data)

    def initialize(self):
        """Downloads the required files; raises if one differs from what the manifest promises."""
        for entry in self.manifest_data["required_files"]:
            if entry["name"] in self.models:
                raise Exception("the manifest names %s twice; each file needs a name of its own" % entry["name"])
            self._download(entry)

    def get_model(self, model_name):
        """Local path of a file of the manifest; optional ones are downloaded when first asked for."""
        if not self.available():
            raise Exception("unable to get model %s, model_manifest.json not found." % model_name)
        if model_name not in self.models:
            optional = self.manifest_data.get("optional_files", ())
            entry = next((entry for entry in optional if entry["name"] == model_name), None)
            if entry is None:
                raise Exception("model name %s not found in manifest" % model_name)
            self._download(entry)
        return self.models[model_name].file_path

    def _download(self, entry):
        path = self.client.file(entry["source_uri"]).getFile(as_path=True)
        real, expected = _md5_of_file(path), entry.get("md5_checksum")
        if entry.get("fail_on_tamper", False) and expected is not None and real != expected:
            raise Exception("Model File Mismatch for %s\nexpected hash:  %s\nreal hash: %s" % (entry["name"], expected, real))
        self.models[entry["name"]] = FileData(real, path)


class FileData:
    def __init__(self, md5_checksum, file_path):
        self.md5_checksum = md5_checksum
        self.file_path = file_path


def _read_manifest(path):
    """The frozen manifest, whose lock must hold, else the plain one, else None."""
    frozen = path + ".freeze"
    if os.path.exists(frozen):
        manifest = _read_json(frozen)
        if manifest.pop("lock_checksum") != _md5(str(manifest).encode("utf-8")):
            raise Exception(TAMPERED)
        return manifest
    return _read_json(path) if os.path.exists(path) else None


def _read_json(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def _md5_of_file(path):
    with open(path, "rb") as file:
        return _md5(iter(lambda: file.read(1 << 20), b""))


def _md5(content):
    import hashlib

    digest = hashlib.md5(usedforsecurity=False)
    for block in [content] if isinstance(content, bytes) else content:
        digest.update(block)
    return digest.hexdigest()
