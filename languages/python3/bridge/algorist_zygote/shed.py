"""Gives up everything that a worker may not hold. After this author code may run."""
import os
import resource

from . import kernel

# As many as a process may have at all (fs.nr_open). The limit says nothing: more can be open when it was lowered.
MOST_DESCRIPTORS = 1 << 20


def limit(limits):
    """Limits of each process, named as prlimit(1) does (design.md 5); those of the group are the runner's."""
    for name, value in limits.items():
        resource.setrlimit(getattr(resource, "RLIMIT_" + name.upper()), (value, value))


def rights(program):
    """Capabilities, privileges to come, and system calls; `program` is the filter, empty for none."""
    kernel.drop_capabilities()
    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
    if program:
        kernel.load_filter(program)


def descriptors(kept):
    """Closes all but `kept`."""
    start = 0
    for fd in sorted(kept):
        if start < fd:  # an empty range that starts at 0 closes everything
            os.closerange(start, fd)
        start = fd + 1
    os.closerange(start, MOST_DESCRIPTORS)
