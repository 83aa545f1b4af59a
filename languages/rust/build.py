"""Builds a Rust algorithm in the working directory: one program at `bin/pipe`, which is what workers run.

A library gets its program from us (entry.py), whatever pipe it brings; a package with a program of its own keeps it. The
crate `algorithmia` is ours unless the exact version asks for the original, so simple algorithms build offline.
"""
import os
import shutil
import subprocess
import sys

import dependencies
import entry
import manifest
import provided
from cargo import run_cargo
from manifest import WrongManifest

BRIDGE = os.environ.get("ALGORIST_BRIDGE", "/opt/bridge")
PROGRAM = "bin/pipe"
# Says that the program speaks the older protocol.
OLDER = "bin/pipe.fifo"
OWN_SOURCE = "src/bin/pipe.rs"


def main():
    try:
        build()
    except WrongManifest as error:
        sys.exit("error: %s" % error)


def build():
    place = dependencies.open_place()
    with Restored() as files:
        package = manifest.read_package(place.environment())
        asked = manifest.dependency(package, "algorithmia")
        library = manifest.library(package)
        is_original = bool(asked) and provided.is_original(asked["req"]) and not is_git(asked)
        if is_original or (asked is None and not library):
            # Both speak the older protocol, if any (bridge/start/older.rs).
            options, chosen, is_older = [], provided.ORIGINAL if is_original else "none", True
        else:
            options, chosen = choose_crate(package, asked, place, files)
            is_older = False
        if library and not is_older:
            target = write_program(package, library, files, place)
        else:
            target = entry.own_program(manifest.programs(package), package["name"])
            is_older = is_older or "algoout" in manifest.read(target["src_path"])
            log("algorithm: %s" % os.path.relpath(target["src_path"]))
        place.restore_lock()
        needs_registry = any(item["name"] != "algorithmia" and not item.get("path") for item in package["dependencies"])
        more = ["--bin", target["name"]] + options
        executable = run_cargo(place, more, needs_registry or is_original)
        put_program(executable, is_older)
    for name, version in manifest.locked_packages():
        log("resolved: %s %s" % (name, version))
    log("crate algorithmia: %s" % chosen)
    place.keep(package)
    log("done")


def choose_crate(package, asked, place, files):
    """Options of cargo that put our crate in the place of the original, and in words which one it is."""
    if asked and asked.get("path"):
        return [], "the one in %s" % asked["path"]
    locked = manifest.locked_version("algorithmia")
    version = provided.version_for(asked["req"] if asked else "*", None if asked and is_git(asked) else locked)
    if asked is None:
        version = provided.USUAL
        files.change("Cargo.toml", manifest.with_dependency(manifest.read("Cargo.toml"), 'algorithmia = "%s"' % version))
    elif is_git(asked):
        version = version_for_git(package)
        changed = manifest.from_registry(manifest.read("Cargo.toml"), "algorithmia", version)
        if changed is None:
            raise WrongManifest('Cargo.toml: expected `algorithmia = "%s"`, not a git repository' % version)
        files.change("Cargo.toml", changed)
        log("algorithmia: taken from the platform, not from %s" % asked["source"])
    serde = manifest.dependency(package, "serde") or manifest.dependency(package, "serde_json")
    crate = place.our_crate(BRIDGE, version, serde["req"] if serde else None)
    options = ["--config", 'patch.crates-io.algorithmia.path="%s"' % crate.path]
    if crate.features:
        options += ["--features", ",".join("algorithmia/%s" % feature for feature in crate.features)]
    return options, "%s, provided by the platform" % version


def is_git(dependency):
    return (dependency.get("source") or "").startswith("git+")


def version_for_git(package):
    library = manifest.library(package)
    is_old = library and entry.LEGACY.search(manifest.read(library["src_path"]))
    return provided.FALLBACK["2"] if is_old else provided.PUBLISHED[0]


def write_program(package, library, files, place):
    """Puts our program in the place of the pipe, and answers its target."""
    tokio = manifest.dependency(package, "tokio")
    has_tokio = bool(tokio and {"full", "rt-multi-thread"} & set(tokio["features"]))
    source, how = entry.main_for(library, has_tokio)
    log("algorithm: %s" % how)
    pipe = next((target for target in manifest.programs(package) if target["name"] == "pipe"), None)
    if pipe:
        files.change(os.path.relpath(pipe["src_path"]), source)
        return pipe
    files.change(OWN_SOURCE, source)
    if not any(target["name"] == "pipe" for target in manifest.programs(manifest.read_package(place.environment()))):
        text = manifest.read("Cargo.toml").rstrip("\n")
        files.change("Cargo.toml", '%s\n\n[[bin]]\nname = "pipe"\npath = "%s"\n' % (text, OWN_SOURCE))
    return {"name": "pipe"}


class Restored:
    """Files that are changed for the build only."""

    def __init__(self):
        self.before = {}

    def __enter__(self):
        return self

    def change(self, path, text):
        if path not in self.before:
            self.before[path] = manifest.read(path) if os.path.exists(path) else None
        manifest.write(path, text)

    def __exit__(self, *_):
        for path, text in self.before.items():
            if text is None:
                os.remove(path)
            else:
                manifest.write(path, text)


def put_program(executable, is_older):
    """The one file that workers run; what the repository has there is not followed."""
    if os.path.islink("bin"):
        os.remove("bin")
    os.makedirs("bin", exist_ok=True)
    for path in (PROGRAM, OLDER):
        if os.path.isdir(path) and not os.path.islink(path):
            shutil.rmtree(path)
        elif os.path.lexists(path):
            os.remove(path)
    shutil.copyfile(executable, PROGRAM)
    os.chmod(PROGRAM, 0o755)
    if is_older:
        manifest.write(OLDER, "The program beside this speaks the older protocol.\n")


def log(message):
    print(message, flush=True)


if __name__ == "__main__":
    main()
