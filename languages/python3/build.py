"""Builds a Python algorithm in the working directory: checks, requirements, byte code.

Packages go to `.algorist/site`, which the bridge puts on the search path. What the platform itself brings (the
`algorithmia` client in any version that ours stands in for) is not downloaded, so simple algorithms build offline.
"""
import json
import os
import sys

from installing import compile_folder, install_requirements, log


def main():
    check_entry()
    install_requirements()
    compile_folder("src")
    log("done")


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


if __name__ == "__main__":
    main()
