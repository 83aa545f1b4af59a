"""Where crates are fetched and compiled, and what is kept of it for the next build (PROTOCOL.md, "Dependencies of a build").

Cargo compiles in a folder of its own each time; what it has made of crates is copied to `/opt/dependencies` and back, since
that is read-only where it is kept. Both have the same path in every build, by which cargo knows them again.
"""
import collections
import os
import shutil
import sys
import tempfile

import manifest
import mirror
import provided

FOLDER = "/opt/dependencies"
TARGET = "/tmp/target"
# Ends the build so that it is started again with an empty folder.
WANTS_NEW = 75

OurCrate = collections.namedtuple("OurCrate", "path features")


def open_place():
    state = os.environ.get("ALGORIST_DEPENDENCIES")
    if state:
        return Place(FOLDER, TARGET, state == "kept", is_shared=True)
    folder = tempfile.mkdtemp(prefix="algorist-crates-")
    return Place(folder, os.path.join(folder, "target"), False, is_shared=False)


class Place:
    def __init__(self, folder, target, is_kept, is_shared):
        self.folder = folder
        self.target = target
        self.is_kept = is_kept
        self.is_shared = is_shared
        self.lock = os.path.join(folder, "Cargo.lock")
        self.compiled = os.path.join(folder, "compiled")
        if is_kept:
            if not os.path.isfile(self.lock) or not os.path.isdir(self.compiled):
                self.start_again("what was kept is incomplete")
            shutil.copytree(self.compiled, target, symlinks=True, dirs_exist_ok=True)

    def start_again(self, why):
        print("dependencies: %s; once more from the start" % why, flush=True)
        sys.exit(WANTS_NEW)

    def environment(self):
        # The linker and compilers by names that need no /etc/alternatives.
        return {
            "HOME": tempfile.gettempdir(),
            "CC": "gcc", "CXX": "g++", "AR": "ar",
            **os.environ,
            "CARGO_HOME": os.path.join(self.folder, "cargo"),
            "CARGO_TARGET_DIR": self.target,
            "CARGO_INCREMENTAL": "0",
            "CARGO_TERM_COLOR": "never",
            "CARGO_TERM_PROGRESS_WHEN": "never",
            "PATH": "/usr/bin:/bin",
        }

    def options(self):
        """No network for crates that are kept, and none is tried where nothing has to be fetched."""
        return mirror.mirror_options() + (["--offline"] if self.is_kept else [])

    def restore_lock(self):
        """The versions that were resolved when the crates were fetched."""
        if self.is_kept:
            shutil.copyfile(self.lock, "Cargo.lock")

    def our_crate(self, bridge, version, serde):
        """A copy of our crate that passes for `version` and knows the algorithm's serde, which is a requirement or None."""
        path = os.path.join(self.folder, "algorithmia")
        is_old_serde = serde is not None and provided.satisfies("0.9.15", serde) and not provided.satisfies("1.0.0", serde)
        features = ["legacy"] if provided.is_legacy(version) else []
        if serde is not None:
            features.append("serde-0-9" if is_old_serde else "with-serde")
        if not self.is_kept:
            shutil.copytree(os.path.join(bridge, "algorithmia"), path)
            shutil.copytree(os.path.join(bridge, "json"), os.path.join(self.folder, "json"))
            text = manifest.read(os.path.join(path, "Cargo.toml")).replace('version = "3.0.0"', 'version = "%s"' % version)
            if serde is not None:
                wanted = "0.9" if is_old_serde else "1"
                text += 'serde = "%s"\nserde_json = { version = "%s", features = ["preserve_order"] }\n' % (wanted, wanted)
            manifest.write(os.path.join(path, "Cargo.toml"), text)
        return OurCrate(path, features)

    def keep(self, package):
        """What is worth keeping: the crates and what was compiled of them, without the algorithm itself."""
        if not self.is_shared:
            shutil.rmtree(self.folder, ignore_errors=True)
            return
        if self.is_kept:
            return
        shutil.copyfile("Cargo.lock", self.lock)
        names = {package["name"], "pipe"} | {target["name"] for target in package["targets"]}
        prefixes = tuple(form % name.replace("-", "_") for name in names for form in ("%s-", "lib%s-"))

        def own(_folder, entries):
            return [name for name in entries if name.replace("-", "_", name.count("-") - 1).startswith(prefixes)]

        for root, folders, _ in os.walk(self.target):
            if ".fingerprint" in folders:
                for part in (".fingerprint", "build", "deps"):
                    goal = os.path.join(self.compiled, os.path.relpath(root, self.target), part)
                    shutil.copytree(os.path.join(root, part), goal, symlinks=True, ignore=own)
                folders.clear()
        os.makedirs(self.compiled, exist_ok=True)
