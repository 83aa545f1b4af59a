"""Installs what requirements.txt asks for and the platform does not bring itself."""
import compileall
import os
import subprocess
import sys
from importlib.metadata import distributions
from py_compile import PycInvalidationMode

import layers
from requirements import split_requirements

SITE_FOLDER = os.path.join(".algorist", "site")
REQUIREMENTS = "requirements.txt"
CONSTRAINTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "constraints.txt")
KEPT = "site"


def log(line):
    print(line, flush=True)


def install_requirements():
    if not os.path.isfile(REQUIREMENTS):
        log("no requirements.txt; nothing to install")
        return
    with open(REQUIREMENTS, encoding="utf-8-sig") as file:
        bundled, others = split_requirements(file.read())
    for line in bundled:
        log("%s: provided by the platform" % line)
    if any(is_requirement(line) for line in others):
        install(others)


def is_requirement(line):
    text = line.strip()
    return bool(text) and not text.startswith("#")


def install(lines):
    state = layers.state() if layers.names_only_packages(lines) else None
    if state == "kept":
        layers.take(KEPT, SITE_FOLDER)
    else:
        folder = SITE_FOLDER if state is None else os.path.join(layers.FOLDER, KEPT)
        pip_install(lines, folder)
        compile_folder(folder, os.path.join("/opt/algorithm", SITE_FOLDER))
        if state == "new":
            layers.copy(folder, SITE_FOLDER)
    tell_versions()


def tell_versions():
    """As `pip freeze` does, for the record of the build."""
    found = sorted({"%s==%s" % (item.metadata["Name"], item.version) for item in distributions(path=[SITE_FOLDER])})
    log("installed: %s" % (" ".join(found) or "nothing"))


def pip_install(lines, folder):
    if subprocess.run([sys.executable, "-m", "pip", "--version"], capture_output=True).returncode != 0:
        sys.exit("error: requirements.txt needs pip, which this machine lacks (Debian: apt-get install python3-pip)")
    # Beside the original, so that `-r other.txt` and `./local-package` mean what they meant.
    remaining = ".algorist-requirements.txt"
    with open(remaining, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    command = [
        sys.executable, "-m", "pip", "install", "--no-input", "--progress-bar", "off", "--disable-pip-version-check",
        "--no-compile", "--no-warn-script-location", "--root-user-action", "ignore", "--target", folder,
        "--constraint", CONSTRAINTS, "--requirement", remaining,
    ]
    named = [line.strip() for line in lines if is_requirement(line) and not line.lstrip().startswith("-")]
    log("installing %s" % (", ".join(named) or "what requirements.txt refers to"))
    try:
        if run_pip(command) != 0:
            sys.exit(1)
    finally:
        os.remove(remaining)


def run_pip(command):
    """pip's own lines go to the log; the line of requirements.txt that failed is named again at the end."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    errors = []
    for line in process.stdout:
        log(line.rstrip())
        if line.startswith("ERROR:"):
            errors.append(line[len("ERROR:"):].strip())
    code = process.wait()
    if code != 0:
        log("error: requirements.txt could not be installed: %s" % (errors[0] if errors else "pip ended with code %d" % code))
    return code


def compile_folder(folder, shown_as=None):
    """The tree is read-only when it runs, so byte code has to be there before, whatever file times a copy of it gets.

    Sources that do not compile are left for the import to complain about.
    """
    if os.path.isdir(folder):
        mode = PycInvalidationMode.UNCHECKED_HASH
        compileall.compile_dir(folder, ddir=shown_as, quiet=2, invalidation_mode=mode)
