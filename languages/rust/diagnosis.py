"""Says in one line why cargo could not build, with what is known about programs of old."""
import re

# What cargo or the compiler says, and what to do about it; the first that is found counts.
KNOWN = [
    (r"openssl-sys|OpenSSL version|opensslconf",
     "a crate needs an OpenSSL that this system does not have (versions 0.9 of `openssl` need OpenSSL 1): raise `openssl` "
     "to 0.10, or the crate that brings it"),
    (r"(?:could not compile|error: .*) `?rustc-serialize",
     "rustc-serialize before 0.3.25 is refused by today's compiler: run `cargo update -p rustc-serialize`, or move to serde"),
    (r"version [\d.]+ is yanked|failed to select a version",
     "a crate that is needed has been taken back or does not exist: raise the versions in Cargo.toml"),
    (r"(?:unable to update|failed to (?:fetch|clone)|Unable to update) (?:into: )?(?:https?|git|ssh)\S*://|failed to authenticate",
     "a git repository in Cargo.toml cannot be had: take the crate from the registry, or copy it into the repository"),
    (r"failed to download|[Cc]ouldn't resolve host|Could not resolve|Connection refused|failed to query replaced source|download of config",
     "the registry cannot be reached from builds"),
    (r"requires rustc|is not supported by the following package|requires Cargo version|feature `edition",
     "the program asks for a newer Rust than this system has"),
    (r"E0554|may not be used on the (?:stable|beta)",
     "the program asks for a nightly Rust (`#![feature(...)]`), which this system does not have"),
    (r"E0433.*algorithmia|unresolved import `algorithmia",
     "a name of the `algorithmia` crate is not known here: see the README of the language for what it offers"),
]
SYSTEM_LIBRARY = re.compile(r"The system library `([^`]+)` required by crate `([^`]+)`")


def diagnose(output):
    """The line for the end of the log: the first error with its place, and what is known about it."""
    lines = output.splitlines()
    errors = [index for index, line in enumerate(lines) if re.match(r"error(\[E\d+\])?:", line)]
    first = lines[errors[0]].strip() if errors else (lines[-1].strip() if lines else "cargo said nothing")
    place = place_after(lines, errors[0]) if errors else None
    said = re.sub(r"^error(\[E\d+\])?:\s*", "", first)
    text = "%s: %s" % (place, said) if place else said
    hint = hint_for(output)
    return "%s (%s)" % (text, hint) if hint else text


def place_after(lines, index):
    for line in lines[index + 1:index + 4]:
        match = re.match(r"\s*--> (\S+)", line)
        if match:
            return match.group(1)
    return None


def hint_for(output):
    library = SYSTEM_LIBRARY.search(output)
    if library:
        return "the system library %s, which crate %s needs, is not installed here" % library.groups()
    return next((hint for pattern, hint in KNOWN if re.search(pattern, output)), None)
