"""Runs `cargo build`, prints what it says as it says it, and answers the program that it made."""
import json
import subprocess
import sys
import threading

from diagnosis import diagnose
from manifest import CARGO

# Warnings that a program forbids itself are more with every compiler, and no reason to refuse it.
LENIENT = ["--config", 'build.rustflags=["--cap-lints=warn"]']


# Our crate mostly waits, and what it is generic over is compiled with the algorithm: a third of the time is saved.
OWN_PROFILE = ["--config", "profile.release.package.algorithmia.opt-level=0"]


def run_cargo(place, options, needs_registry):
    """Path of the program that cargo makes. Without one, ends the build with the reason."""
    command = [CARGO, "build", "--release", "--message-format", "json-render-diagnostics", *LENIENT, *OWN_PROFILE, *options]
    said = ""
    if not needs_registry:
        executable, said = run(command + place.options() + ["--offline"], place.environment(), is_shown=False)
        if executable or not is_offline_trouble(said):
            print(said, end="", flush=True)
    if needs_registry or is_offline_trouble(said):
        executable, said = run(command + place.options(), place.environment(), is_shown=True)
    if executable:
        return executable
    if place.is_kept and is_offline_trouble(said):
        place.start_again("the crates that are kept do not do")
    sys.exit("error: %s" % diagnose(said))


def is_offline_trouble(said):
    return "--offline" in said or "offline mode" in said


def run(command, environment, is_shown):
    """The last program that cargo made, None unless all went well, and what it said on standard error."""
    cargo = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    said = []

    def read():
        for line in cargo.stderr:
            said.append(line.decode(errors="replace"))
            if is_shown:
                print(said[-1], end="", flush=True)

    reader = threading.Thread(target=read)
    reader.start()
    executable = None
    for line in cargo.stdout:
        message = json.loads(line) if line.startswith(b"{") else {}
        if message.get("reason") == "compiler-artifact" and message.get("executable"):
            executable = message["executable"]
    reader.join()
    return executable if cargo.wait() == 0 else None, "".join(said)
