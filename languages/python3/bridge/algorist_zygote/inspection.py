"""Looks at processes that have run author code, from outside and by what the kernel says of them."""
import os
import time

from . import ownership

PATIENCE_SECONDS = 2
# Forks share what is open, also where in a file it is read; these have no place.
DEVICES = ("/dev/null", "/dev/zero", "/dev/random", "/dev/urandom")
# What is in there is the template's alone: a fork has its own.
FOLDERS = ("/tmp", "/home/algo", "/dev/shm")
CAPABILITIES = ("CapInh:", "CapPrm:", "CapEff:", "CapBnd:", "CapAmb:")


def why_not(template, own):
    """Why a loaded process must not be forked, or None: one thread, no process but its own, nothing open, shared or written."""
    if len(os.listdir("/proc/%d/task" % template)) > 1:
        return "it has started threads while loading"
    others = ownership.processes() - own - {template}
    if others:
        return "it has started processes while loading"
    return _open(template) or _written(template) or _shared_memory(template)


def _open(template):
    harmless = {*DEVICES, *ownership.abandoned()}
    for name in os.listdir("/proc/%d/fd" % template):
        target = _target(template, name)
        if int(name) <= 4 or target in harmless:
            continue
        if target.startswith(("socket:", "pipe:")):
            return "it has opened connections or pipes while loading"
        return "it has kept a file open while loading: %s" % target
    return None


def _written(template):
    for folder in FOLDERS:
        left = os.listdir("/proc/%d/root%s" % (template, folder))
        if left:
            return "it has written files while loading: %s/%s" % (folder, left[0])
    return None


def _shared_memory(template):
    # It would carry data from one fork to another.
    with open("/proc/%d/maps" % template, encoding="utf-8", errors="replace") as file:
        for line in file:
            if line.split(" ", 2)[1].startswith("rw") and line.split(" ", 2)[1].endswith("s"):
                return "it has mapped shared memory while loading"
    return None


def who_keeps_capabilities(own):
    """A process, none of ours nor of our helpers, that has or can get a capability and keeps it; None if there is none."""
    end = time.monotonic() + PATIENCE_SECONDS
    while True:
        found = _who_has_capabilities(own)
        # The process that made the namespaces may not have ended yet.
        if found is None or time.monotonic() > end:
            return found
        time.sleep(0.001)


def _who_has_capabilities(own):
    for pid in ownership.processes() - own:
        status = _status(pid)
        is_helpers = int(status.get("PPid:", 0)) in own - {1}
        has_ended = status.get("State:", "Z")[0] in "ZX"
        if not is_helpers and not has_ended and any(int(status[name], 16) for name in CAPABILITIES):
            return pid
    return None


def is_first_of_its_namespace(pid):
    """True for the process numbered 1 of a namespace directly below ours."""
    numbers = _status(pid).get("NSpid:", "").split()
    return len(numbers) == 2 and numbers[1] == "1"


def _status(pid):
    try:
        with open("/proc/%d/status" % pid, encoding="utf-8", errors="replace") as file:
            return dict(line.split("\t", 1) for line in file if "\t" in line)
    except OSError:
        return {}


def _target(pid, fd):
    try:
        return os.readlink("/proc/%d/fd/%s" % (pid, fd))
    except OSError:
        return ""
