"""Where things are: as in the sandbox of a build, or as a test says."""
import glob
import os
import tempfile

BRIDGE = os.environ.get("ALGORIST_BRIDGE", "/opt/bridge")
_folder = None


def java_home():
    found = [path for path in sorted(glob.glob("/usr/lib/jvm/java-17-openjdk-*")) if os.path.exists(path + "/bin/javac")]
    return found[0] if found else "/usr"


def dependencies():
    """The folder for packages, and whether it is what an earlier build has left there (PROTOCOL.md)."""
    state = os.environ.get("ALGORIST_DEPENDENCIES")
    return ("/opt/dependencies", state == "kept") if state else (temporary("dependencies"), False)


def temporary(name):
    """A folder of this build that is not part of the algorithm."""
    global _folder
    if _folder is None:
        _folder = tempfile.mkdtemp(prefix="algorist-java-")
    path = os.path.join(_folder, name)
    os.makedirs(path, exist_ok=True)
    return path
