"""Who may read and write hosted data, and `client.freeze()`; the same in both generations."""
import hashlib
import json
import os
import tempfile
import unittest

from Algorithmia.acl import Acl, AclInner, AclType, ReadAcl
from Algorithmia.errors import DataApiError
from data_under_test import as_a_stranger, new_directory, new_file
from platform_under_test import STRANGER_KEY, WRONG_KEY, client


class Permissions(unittest.TestCase):
    def test_acl(self):
        "permissions are as created and as updated; without any they are for the owner's algorithms"
        self.assertEqual(new_directory().get_permissions().read_acl, AclType.my_algos)
        self.assertEqual(AclType.default, AclType.my_algos)
        directory = new_directory(ReadAcl.private)
        for wanted in (ReadAcl.private, ReadAcl.public, ReadAcl.my_algos, ReadAcl.private):
            self.assertTrue(directory.update_permissions(wanted))
            self.assertEqual(directory.get_permissions().read_acl, wanted.read_acl)

    def test_unknown(self):
        "permissions that there are not are refused with a reason and change nothing"
        directory = new_directory(ReadAcl.public)
        with self.assertRaisesRegex(DataApiError, "Unable to update permissions: ."):
            directory.update_permissions(Acl(AclInner("strange", "user://somebody")))
        self.assertEqual(directory.get_permissions().read_acl, AclType.public)

    def test_none(self):
        "the folder of an owner has no permissions"
        self.assertIsNone(client().dir("data://.my").get_permissions())

    def test_strangers(self):
        "a stranger reads what is public and nothing else, and writes nothing"
        for acl, is_readable in ((ReadAcl.public, True), (ReadAcl.my_algos, False), (ReadAcl.private, False)):
            with self.subTest(acl.read_acl):
                directory = new_directory(acl)
                directory.file("a.txt").put("x")
                seen = as_a_stranger(directory)
                self.assertEqual(seen.exists(), is_readable)
                self.assertEqual(seen.file("a.txt").exists(), is_readable)
                with self.assertRaisesRegex(Exception, "403|not authorized"):
                    seen.file("a.txt").put("changed")
                with self.assertRaisesRegex(DataApiError, "not authorized"):
                    seen.file("a.txt").delete()
                with self.assertRaisesRegex(DataApiError, "not authorized"):
                    seen.delete(force=True)
                self.assertEqual(directory.file("a.txt").getString(), "x")

    def test_denied_is_not_missing(self):
        "what may not be read is told by X-Error-Message, whether it is there or not"
        file = as_a_stranger(new_directory(ReadAcl.private)).file("a.txt")
        exists, error = file.existsWithError()
        self.assertFalse(exists)
        self.assertRegex(error, "not authorized")

    def test_wrong_key(self):
        "an unknown key reads and writes nothing"
        file = client(WRONG_KEY).file(new_file(acl=ReadAcl.public).put("x").path)
        self.assertEqual(file.exists(), False)
        with self.assertRaisesRegex(Exception, "401|not known"):
            file.put("changed")

    def test_own_data(self):
        "data://.my is another place for another key"
        self.assertNotEqual(client(STRANGER_KEY).username(), client().username())
        self.assertFalse(client(STRANGER_KEY).file(new_file().put("x").path).exists())


class Freeze(unittest.TestCase):
    def test_freeze(self):
        "freeze() adds the checksum of each required file and one of the manifest"
        file = new_file("model.bin").put(b"the model \x00\xff")
        folder = tempfile.mkdtemp()
        path = os.path.join(folder, "model_manifest.json")
        entry = {"name": "model", "source_uri": "data://" + file.path, "fail_on_tamper": True, "metadata": {"n": 1.5}}
        with open(path, "w") as manifest:
            json.dump({"required_files": [entry], "optional_files": []}, manifest)
        client().freeze(path, folder)
        with open(path + ".freeze") as frozen_file:
            frozen = json.load(frozen_file)
        self.assertEqual(frozen["required_files"][0]["md5_checksum"], hashlib.md5(b"the model \x00\xff").hexdigest())
        lock = frozen.pop("lock_checksum")
        self.assertEqual(lock, hashlib.md5(str(frozen).encode()).hexdigest())
