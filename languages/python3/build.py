"""Builds a Python algorithm in the working directory: checks, requirements, byte code.

Packages go to `.algorist/site`, which the bridge puts on the search path. What the platform itself brings (the
`algorithmia` client in any version that ours stands in for) is not downloaded, so simple algorithms build offline.
"""
import compileall
import json
import os
import subprocess
import sys
from py_compile import PycInvalidationMode

from requirements import split_requirements

SITE_FOLDER = os.path.join(".algorist", "site")
REQUIREMENTS = "requirements.txt"
CONSTRAINTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "constraints.txt")


def main():
    check_entry()
    install_requirements()
    compile_sources()
    log("done")


def log(line):
    print(line, flush=True)


def check_entry():
    """Says early what loading will say later; a missing file fails when the algorithm loads, not here."""
    name = read_algorithm_name()
    expected = [part for part in (name, os.environ.get("ALGORIST_ALGORITHM"), "Algorithm") if part]
    files = ["src/%s.py" % part for part in dict.fromkeys(expected)]
    packages = [file[:-3] + "/__init__.py" for file in files]
    found = next((file for file in files + packages if os.path.isfile(file)), None)
    if found:
        log("algorithm: %s" % found)
    else:
        log("warning: expected the algorithm in %s; it will not load" % " or ".join(files))


def read_algorithm_name():
    try:
        with open("algorithmia.conf", encoding="utf-8-sig") as file:
            name = json.load(file).get("algoname")
    except FileNotFoundError:
        log("no algorithmia.conf; the algorithm's own name is used")
        return None
    except (ValueError, AttributeError) as error:
        sys.exit("error: algorithmia.conf is not a JSON object: %s" % error)
    return name if isinstance(name, str) else None


def install_requirements():
    if not os.path.isfile(REQUIREMENTS):
        log("no requirements.txt; nothing to install")
        return
    with open(REQUIREMENTS, encoding="utf-8-sig") as file:
        bundled, others = split_requirements(file.read())
    for line in bundled:
        log("%s: provided by the platform" % line)
    if any(is_requirement(line) for line in others):
        pip_install(others)


def is_requirement(line):
    text = line.strip()
    return bool(text) and not text.startswith("#")


def pip_install(lines):
    if subprocess.run([sys.executable, "-m", "pip", "--version"], capture_output=True).returncode != 0:
        sys.exit("error: requirements.txt needs pip, which this machine lacks (Debian: apt-get install python3-pip)")
    # Beside the original, so that `-r other.txt` and `./local-package` mean what they meant.
    remaining = ".algorist-requirements.txt"
    with open(remaining, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    command = [
        sys.executable, "-m", "pip", "install", "--no-input", "--progress-bar", "off", "--disable-pip-version-check",
        "--no-compile", "--no-warn-script-location", "--root-user-action", "ignore", "--target", SITE_FOLDER,
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


def compile_sources():
    """The tree is read-only when it runs, so byte code has to be there before, whatever file times a copy of it gets.

    Sources that do not compile are left for the import to complain about.
    """
    for folder in ("src", SITE_FOLDER):
        if os.path.isdir(folder):
            compileall.compile_dir(folder, quiet=2, invalidation_mode=PycInvalidationMode.UNCHECKED_HASH)


if __name__ == "__main__":
    main()
