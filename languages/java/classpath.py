"""What the algorithm is made of, for the bridge to read, and whether there is something to call in it."""
import os
import re
import subprocess

from places import BRIDGE, java_home
from report import fail, log

LIST = os.path.join(".algorist", "class-path")
NOT_RUN = re.compile(r"-(?:sources|javadoc|tests)\.jar$|^original-")


def write():
    entries = find()
    os.makedirs(os.path.dirname(LIST), exist_ok=True)
    with open(LIST, "w", encoding="utf-8") as file:
        file.writelines(entry + "\n" for entry in entries)


def find():
    """Its own jars first, then folders of classes that are in none, then those of others, each file name once."""
    own, classes, others, names = [], [], [], set()
    for path, folders, files in os.walk("."):
        folders[:] = sorted(name for name in folders if name not in (".git", ".algorist"))
        path = os.path.relpath(path)
        in_target = os.path.basename(path) == "target"
        jars = [name for name in sorted(files) if name.endswith(".jar") and not NOT_RUN.search(name)]
        if in_target and not jars and "classes" in folders:
            classes.append(os.path.join(path, "classes"))
        for name in jars:
            if name not in names:
                (own if in_target else others).append(os.path.normpath(os.path.join(path, name)))
                names.add(name)
    return own + classes + others


def check_entry():
    """No code of the algorithm runs for it."""
    command = [
        os.path.join(java_home(), "bin", "java"), "-Xshare:auto", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC",
        "-cp", os.path.join(BRIDGE, "bridge.jar"), "algorist.bridge.Check",
    ]
    checked = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    if checked.returncode != 0:
        fail(checked.stdout.strip() or "the algorithm could not be looked at")
    log(checked.stdout.strip())
