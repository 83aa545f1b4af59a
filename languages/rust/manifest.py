"""What Cargo.toml says, as cargo itself reads it, and the few changes that a build makes to it."""
import json
import os
import re
import subprocess

CARGO = "/usr/bin/cargo"


class WrongManifest(Exception):
    """Cargo.toml cannot be built from; says what was expected."""


def read_package(environment):
    """The package of the working directory, as `cargo metadata` describes it."""
    if not os.path.isfile("Cargo.toml"):
        raise WrongManifest("Cargo.toml is missing; expected a package with `[lib] name = \"algorithm\"`")
    command = [CARGO, "metadata", "--no-deps", "--offline", "--format-version", "1"]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    if done.returncode != 0:
        raise WrongManifest("Cargo.toml: %s" % done.stderr.decode(errors="replace").strip().removeprefix("error: "))
    here = os.path.realpath("Cargo.toml")
    packages = json.loads(done.stdout)["packages"]
    found = [package for package in packages if os.path.realpath(package["manifest_path"]) == here]
    if not found:
        raise WrongManifest("Cargo.toml has no [package]; expected one with `[lib] name = \"algorithm\"`")
    return found[0]


def dependency(package, name):
    """What the package says about the crate it depends on; None where it does not."""
    own = [item for item in package["dependencies"] if item["name"] == name and item["kind"] is None]
    return own[0] if own else None


def library(package):
    """The target that other programs link with."""
    return next((item for item in package["targets"] if {"lib", "rlib"} & set(item["kind"])), None)


def programs(package):
    return [item for item in package["targets"] if "bin" in item["kind"]]


def locked_version(name):
    """The version in Cargo.lock that comes from a registry; None where there is none."""
    for block in read("Cargo.lock").split("[[package]]")[1:]:
        fields = dict(re.findall(r'^(\w+) = "([^"]*)"', block, re.M))
        if fields.get("name") == name and not fields.get("source", "").startswith("git+"):
            return fields.get("version")
    return None


def locked_packages():
    blocks = read("Cargo.lock").split("[[package]]")[1:]
    fields = [dict(re.findall(r'^(\w+) = "([^"]*)"', block, re.M)) for block in blocks]
    return sorted((item["name"], item["version"]) for item in fields if "source" in item)


def with_dependency(text, line):
    """The manifest with one more dependency."""
    table = re.search(r"^\[dependencies\][ \t]*(#.*)?$", text, re.M)
    if table:
        return text[:table.end()] + "\n" + line + text[table.end():]
    return text.rstrip("\n") + "\n\n[dependencies]\n" + line + "\n"


def from_registry(text, name, version):
    """The manifest with a dependency on a git repository made one on a version; None where it is not in one line."""
    pattern = r"^(%s[ \t]*=[ \t]*\{.*?)\bgit[ \t]*=[ \t]*\"[^\"]*\"(.*\})" % re.escape(name)
    changed, count = re.subn(pattern, r'\1version = "=%s"\2' % version, text, flags=re.M)
    if count != 1:
        return None
    line = re.search(r"^%s[ \t]*=.*$" % re.escape(name), changed, re.M)
    kept = re.sub(r",[ \t]*(rev|branch|tag)[ \t]*=[ \t]*\"[^\"]*\"", "", line.group(0))
    return changed[:line.start()] + kept + changed[line.end():]


def read(path):
    try:
        with open(path, encoding="utf-8-sig") as file:
            return file.read()
    except FileNotFoundError:
        return ""


def write(path, text):
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
