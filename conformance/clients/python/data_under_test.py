"""What the cases of hosted data share: new collections and files of the owner, and local files to compare with."""
import tempfile

from platform_under_test import OWNER, STRANGER_KEY, client, unique


def new_directory(acl=None):
    directory = client().dir("data://.my/" + unique("Python"))
    directory.create(acl)
    return directory


def new_file(name="file.txt", acl=None):
    """A file that is not there yet, in a new collection."""
    return new_directory(acl).file(name)


def as_a_stranger(directory):
    """The same collection, addressed by its owner's name, with a stranger's key."""
    return client(STRANGER_KEY).dir(directory.path.replace(".my", OWNER, 1))


def temporary_file(content):
    with tempfile.NamedTemporaryFile(delete=False) as file:
        file.write(content)
    return file.name


def content_of(path):
    with open(path, "rb") as file:
        return file.read()
