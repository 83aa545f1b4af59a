"""Files of hosted data, `client.file()`; the same in both generations."""
import hashlib
import os
import tempfile
import unittest

from Algorithmia.errors import DataApiError
from data_under_test import content_of, new_directory, new_file, temporary_file
from platform_under_test import OWNER, client, unique

MIB = 1024 * 1024
# The package puts names into addresses as they are: `?`, `#`, and `%` before two digits, are its caller's to encode.
NAMES = ["plain.txt", "two words.txt", "Grüße 漢字 😀.txt", "a+b=c&d.txt", "100%.txt", "semi;colon,comma'(1).txt"]


class Files(unittest.TestCase):
    def test_text(self):
        "text and bytes that are put come back, and put() answers the file"
        file = new_file()
        for value in ("Grüße 漢字", "", b"bytes \x00\xff"):
            self.assertIs(file.put(value), file)
            self.assertEqual(file.getBytes(), value.encode() if isinstance(value, str) else value)
        self.assertEqual(file.put("Grüße").getString(), "Grüße")

    def test_json(self):
        "putJson() and getJson() keep a value, also with a member that is named error"
        file = new_file("value.json")
        for value in ({"b": [1, 2.5, None], "a": "ü"}, {"error": "a value like any other"}, [], 7, "text", None):
            self.assertEqual(file.putJson(value).getJson(), value)

    def test_put_file(self):
        "putFile() sends the bytes of a local file, getFile() saves them to one"
        content = bytes(range(256)) * 40
        file = new_file("local.bin")
        file.putFile(temporary_file(content))
        self.assertEqual(content_of(file.getFile(as_path=True)), content)
        self.assertEqual(file.getName(), "local.bin")

    def test_read_as_a_stream(self):
        "a file is read like a local one, by lines and from a place"
        file = new_file("lines.txt").put("one\ntwo\nthree\n")
        self.assertEqual(client().file(file.path).readlines(), ["one\n", "two\n", "three\n"])
        reader = client().file(file.path)
        self.assertEqual(reader.seek(4), 4)
        self.assertEqual(reader.read(3), "two")

    def test_zip(self):
        "putAsZip() and getAsZip() move a folder"
        folder = tempfile.mkdtemp()
        for name in ("a.txt", "b.txt"):
            with open(os.path.join(folder, name), "w") as file:
                file.write("content of " + name)
        unpacked = new_file("folder.zip").putAsZip(folder).getAsZip()
        self.assertEqual(content_of(os.path.join(unpacked, "b.txt")), b"content of b.txt")

    def test_large(self):
        "20 MiB go up from a file and come down the same"
        content = os.urandom(20 * MIB)
        file = new_file("large.bin")
        file.putFile(temporary_file(content))
        came_back = content_of(file.getFile(as_path=True))
        self.assertEqual(hashlib.sha256(came_back).digest(), hashlib.sha256(content).digest())

    def test_chunked(self):
        "a body of unknown length is stored whole"
        file = new_file("chunked.bin")
        chunks = [os.urandom(100000) for _ in range(10)]
        reply = file.client.putHelper(file.url, iter(chunks))
        self.assertEqual(reply, {"result": "data://" + file.path})
        self.assertEqual(file.getBytes(), b"".join(chunks))

    def test_replace(self):
        "put() replaces what was there"
        file = new_file().put("the first and longer one")
        self.assertEqual(file.put("second").getString(), "second")

    def test_exists_and_delete(self):
        "a file exists after put() and not after delete()"
        file = new_file()
        self.assertFalse(file.exists())
        self.assertTrue(file.put("x").exists())
        self.assertTrue(file.delete())
        self.assertFalse(file.exists())

    def test_missing(self):
        "a missing file is told by X-Error-Message, and in the error of its deletion"
        file = new_file("missing.txt")
        self.assertEqual(file.existsWithError(), (False, "path not found"))
        for get in (file.getString, file.getBytes, file.getJson, file.getFile):
            with self.assertRaisesRegex(DataApiError, "^unable to get file .* - path not found$"):
                get()
        with self.assertRaisesRegex(DataApiError, "^path not found$"):
            file.delete()

    def test_missing_collection(self):
        "nothing can be put where there is no collection"
        with self.assertRaises(Exception):
            client().file("data://.my/" + unique("Missing") + "/file.txt").put("x")

    def test_names(self):
        "names with spaces, plus signs, percent signs and letters of all kinds are kept"
        directory = new_directory()
        for name in NAMES:
            directory.file(name).put(name)
        self.assertEqual(sorted(file.getName() for file in directory.files()), sorted(NAMES))
        for name in NAMES:
            with self.subTest(name):
                file = directory.file(name)
                self.assertEqual(file.getString(), name)
                self.assertTrue(file.delete())
        self.assertEqual(list(directory.files()), [])

    def test_encoded_name(self):
        "a name that the caller has encoded is decoded once"
        directory = new_directory()
        directory.file("50%2541%3F%23.txt").put("x")
        self.assertEqual([file.getName() for file in directory.files()], ["50%41?#.txt"])

    def test_forms(self):
        "data://.my, the owner's name, a leading slash and none at all are one file"
        file = new_file().put("x")
        path = file.path.replace(".my/", "")
        for form in ("data://.my/", "data://" + OWNER + "/", "/.my/", ".my/", "data:///.my/"):
            with self.subTest(form):
                self.assertEqual(client().file(form + path).getString(), "x")

    def test_types(self):
        "the type follows the name, whatever was sent"
        directory = new_directory()
        types = {"a.json": "application/json", "a.txt": "text/plain", "a.png": "image/png", "a.csv": "text/plain",
                 "a": "application/octet-stream", "a.PDF": "application/pdf"}
        for name, expected in types.items():
            file = directory.file(name).put("[1]")
            reply = file.get()
            self.assertEqual(reply.headers["Content-Type"].split(";")[0], expected, name)
            self.assertEqual((reply.headers["X-Data-Type"], reply.headers["Content-Length"]), ("file", "3"))
