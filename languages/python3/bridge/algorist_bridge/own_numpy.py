"""An algorithm that brings a numpy of its own, beside packages of the system that are built on the system's.

Debian's pandas does not load with a newer numpy, and says so by a ValueError, which libraries do not expect where they look whether
pandas is there (scikit-learn does). So those packages are there only when the algorithm brings them as well.
"""
import os
import sys

BUILT_ON_NUMPY = ("pandas", "scipy", "sklearn")


class _Absent:
    """Finds none of `names`; asked before everybody else."""

    def __init__(self, names):
        self.names = names

    def find_spec(self, name, path=None, target=None):
        if name in self.names:
            reason = "requirements.txt brings a numpy of its own, so %s has to be named there as well" % name
            raise ModuleNotFoundError("No module named %r; %s" % (name, reason), name=name)
        return None


def hide_what_does_not_fit(own_site):
    if not _brings(own_site, "numpy"):
        return
    missing = [name for name in BUILT_ON_NUMPY if not _brings(own_site, name)]
    if missing:
        sys.meta_path.insert(0, _Absent(frozenset(missing)))


def _brings(own_site, name):
    return os.path.exists(os.path.join(own_site, name))
