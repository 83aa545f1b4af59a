"""Packages that are kept between builds (PROTOCOL.md, "Dependencies of a build")."""
import os
import re
import subprocess
import sys

FOLDER = "/opt/dependencies"
WANTS_NEW = 75

_ARCHIVE = re.compile(r"\.(whl|zip|tar\.gz|tar\.bz2|tgz)$", re.IGNORECASE)
_OPTIONS = ("--index-url", "-i", "--extra-index-url", "--trusted-host", "--no-binary", "--only-binary", "--pre",
            "--prefer-binary", "--require-hashes", "--hash", "--no-index")


def state():
    """`new` or `kept`; None where nothing is kept."""
    return os.environ.get("ALGORIST_DEPENDENCIES")


def names_only_packages(lines):
    """Whether requirements.txt alone says what is installed: other files of the repository may change without it."""
    return all(_is_package_or_option(line.strip()) for line in lines)


def _is_package_or_option(line):
    text = re.split(r"\s+#|^#", line)[0].rstrip("\\ ")
    if not text:
        return True
    if text.startswith("-"):
        return re.split(r"[\s=]", text)[0] in _OPTIONS
    if "file:" in text or text.startswith("."):
        return False
    return "://" in text or not ("/" in text or _ARCHIVE.search(text))


def take(name, target):
    """Copies a kept folder to `target`. Ends the build so that it starts anew when it is not there."""
    source = os.path.join(FOLDER, name)
    if not os.path.isdir(source):
        sys.exit(WANTS_NEW)
    copy(source, target)


def copy(source, target):
    """Files of their own, which the build may change, with the times of the original."""
    os.makedirs(os.path.dirname(target), exist_ok=True)
    subprocess.run(["/bin/cp", "-R", "-P", "--preserve=timestamps", "--reflink=auto", source, target], check=True)
    subprocess.run(["/bin/chmod", "-R", "u+w", target], check=True)
