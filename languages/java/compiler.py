"""The compiler by itself, for algorithms that need no Maven."""
import os
import re
import shutil
import subprocess

from places import BRIDGE, java_home, temporary
from pom import TODAYS_LEVEL
from report import fail, log

CLASSES = os.path.join("target", "classes")
SOURCE_FOLDERS = (os.path.join("src", "main", "java"), "src")
RESOURCES = os.path.join("src", "main", "resources")
TEST = re.compile(r"^\s*import\s+(?:static\s+)?(?:junit\.|org\.junit)", re.MULTILINE)


def build(jars, level=None):
    """Compiles the sources against `jars`, what lies in `lib`, and what the platform brings."""
    sources = find_sources()
    if not sources:
        fail("expected Java sources in %s; there are none" % " or ".join(SOURCE_FOLDERS))
    os.makedirs(CLASSES, exist_ok=True)
    listing = os.path.join(temporary("compiler"), "sources")
    with open(listing, "w", encoding="utf-8") as file:
        file.writelines('"%s"\n' % source.replace("\\", "\\\\") for source in sources)
    level = level or TODAYS_LEVEL
    command = [
        os.path.join(java_home(), "bin", "javac"), "-encoding", "UTF-8", "-g", "-parameters", "-Xlint:-options",
        "-source", str(level), "-target", str(level), "-cp", class_path(jars), "-d", CLASSES, "@" + listing,
    ]
    log("javac: %d files, Java %d" % (len(sources), level))
    compiled = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    log(compiled.stdout.rstrip()) if compiled.stdout.strip() else None
    if compiled.returncode != 0:
        fail(first_error(compiled.stdout) or "javac ended with code %d" % compiled.returncode)
    if os.path.isdir(RESOURCES):
        shutil.copytree(RESOURCES, CLASSES, dirs_exist_ok=True)


def write_manifest(main_class):
    """What Maven would put into a jar: the class whose `main` serves a handler."""
    if main_class is None:
        return
    folder = os.path.join(CLASSES, "META-INF")
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "MANIFEST.MF"), "w", encoding="utf-8") as file:
        file.write("Manifest-Version: 1.0\nMain-Class: %s\n" % main_class)


def find_sources():
    folder = next((folder for folder in SOURCE_FOLDERS if os.path.isdir(folder)), None)
    if folder is None:
        return []
    found = []
    for path, folders, files in os.walk(folder):
        if path == "src":
            folders[:] = [name for name in folders if name != "test"]
        found += [os.path.join(path, name) for name in files if name.endswith(".java")]
    return sorted(source for source in found if not is_test(source))


def is_test(source):
    with open(source, encoding="utf-8", errors="replace") as file:
        return TEST.search(file.read()) is not None


def class_path(jars):
    own = [os.path.join("lib", name) for name in sorted(os.listdir("lib")) if name.endswith(".jar")] if os.path.isdir("lib") else []
    return os.pathsep.join(own + jars + [os.path.join(BRIDGE, name) for name in ("bridge.jar", "drop-in.jar")])


def first_error(text):
    """`file:line: what is wrong`, as javac says it."""
    found = re.search(r"^(\S+\.java:\d+): error: (.*)$", text, re.MULTILINE)
    return found and "%s: %s" % (found[1], found[2])
