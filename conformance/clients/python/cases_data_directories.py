"""Collections of hosted data, `client.dir()`; the same in both generations."""
import datetime
import os
import unittest

from Algorithmia.acl import ReadAcl
from Algorithmia.errors import DataApiError
from data_under_test import content_of, new_directory, new_file
from platform_under_test import CROWD, CROWD_NAMES, OWNER, client, unique


class Directories(unittest.TestCase):
    def test_username(self):
        "username() is the first entry of the root"
        self.assertEqual(client().username(), OWNER)

    def test_create_and_delete(self):
        "a directory exists after create() and not after delete()"
        directory = client().dir("data://.my/" + unique("Python"))
        self.assertFalse(directory.exists())
        directory.create()
        self.assertTrue(directory.exists())
        self.assertEqual((list(directory.list()), list(directory.files()), list(directory.dirs())), ([], [], []))
        self.assertTrue(directory.delete())
        self.assertFalse(directory.exists())

    def test_force(self):
        "a directory with files is deleted by force alone"
        directory = new_directory()
        directory.file("a.txt").put("x")
        with self.assertRaisesRegex(DataApiError, "directory not empty"):
            directory.delete()
        directory.file("b.txt").put("y")
        reply = directory.client.deleteHelper(directory.url + "?force=true")
        self.assertEqual(reply, {"result": {"deleted": 2}})
        self.assertFalse(directory.exists())

    def test_refusals(self):
        "a second directory of a name, a name with a hyphen and a deeper one are refused with a reason"
        directory = new_directory()
        path = directory.path
        for bad in (path, "data://.my/has-hyphen", path + "/deeper", "data://nobody_here/x", "data://.my/1st"):
            with self.subTest(bad):
                with self.assertRaisesRegex(Exception, r"Directory creation failed|Non-Algorithm related Failure"):
                    client().dir(bad).create()

    def test_missing(self):
        "a missing directory is told when it is listed, deleted and asked for permissions"
        directory = client().dir("data://.my/" + unique("Missing"))
        with self.assertRaisesRegex(DataApiError, "Directory iteration failed.*path not found"):
            next(directory.files())
        with self.assertRaisesRegex(DataApiError, "path not found"):
            directory.delete()
        with self.assertRaisesRegex(DataApiError, "Unable to get permissions.*path not found"):
            directory.get_permissions()
        with self.assertRaisesRegex(DataApiError, "Unable to update permissions: path not found"):
            directory.update_permissions(ReadAcl.public)

    def test_listing(self):
        "a listing has size and time of each file"
        directory = new_directory()
        directory.file("five.txt").put("12345")
        (file,) = directory.files()
        self.assertEqual((file.getName(), file.size, file.is_file()), ("five.txt", 5, True))
        age = datetime.datetime.now(datetime.timezone.utc) - file.last_modified.replace(tzinfo=datetime.timezone.utc)
        self.assertLess(abs(age.total_seconds()), 60)

    def test_root_and_owner(self):
        "the folder of an owner lists the collections and no files"
        directory = new_directory()
        names = [each.getName() for each in client().dir("data://.my").dirs()]
        self.assertIn(directory.getName(), names)
        self.assertEqual(list(client().dir("data://" + OWNER).files()), [])
        self.assertTrue(client().dir("data://.my").exists())

    def test_file_as_a_directory(self):
        "exists() of a directory is true for a file as well"
        self.assertTrue(client().dir(new_file().put("x").path).exists())

    def test_pages(self):
        "more files than fit on a page are listed once each, in order"
        directory = client().dir("data://.my/" + CROWD)
        self.assertEqual([file.getName() for file in directory.files()], CROWD_NAMES)
        self.assertEqual(list(directory.dirs()), [])

    def test_get_dir(self):
        "getDir() saves all files of a directory"
        directory = new_directory()
        for name in ("a.txt", "b.txt"):
            directory.file(name).put(name)
        folder = directory.getDir()
        self.assertEqual(sorted(os.listdir(folder)), ["a.txt", "b.txt"])
        self.assertEqual(content_of(os.path.join(folder, "b.txt")), b"b.txt")
