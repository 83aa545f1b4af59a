"""Notices what an algorithm's own code makes by chance while it loads, such as an id or a generator of random numbers.

Workers that are started one by one have one each. Forks of one that has loaded would all have the same, so a version that
does this is not forked. Libraries are let pass: those that draw when they are imported (numpy) know how to be forked. What
the module `random` itself was used for is not known, so whoever has drawn from it, or given it a seed, counts.
This guards against accidents, not against anybody: it runs in the memory of author code.
"""
import os
import random
import sys
import uuid

AUTHOR = "/opt/algorithm/"
PACKAGES = AUTHOR + ".algorist/"
STANDARD = os.path.dirname(os.__file__) + "/"
SOURCES = ((os, "urandom"), (os, "getrandom"), (random, "_urandom"), (uuid, "uuid1"))


class Draws:
    """`place` says where the first draw was, None while there was none."""

    def __init__(self):
        self.place = None
        self._kept = []
        self._state = None

    def watch(self):
        for holder, name in SOURCES:
            self._replace(holder, name, self._noting(getattr(holder, name)))
        self._replace(random.Random, "seed", self._noting_seed(random.Random.seed))
        self._state = random.getstate()

    def stop(self):
        for holder, name, original in self._kept:
            setattr(holder, name, original)
        self._kept = []
        if self.place is None and random.getstate() != self._state:
            self.place = "the module random"

    def _replace(self, holder, name, wrapper):
        self._kept.append((holder, name, getattr(holder, name)))
        setattr(holder, name, wrapper)

    def _noting(self, draw):
        def wrapper(*args, **options):
            self._note()
            return draw(*args, **options)

        return wrapper

    def _noting_seed(self, seed):
        def wrapper(generator, a=None, *args, **options):
            if a is None:
                self._note()
            return seed(generator, a, *args, **options)

        return wrapper

    def _note(self):
        if self.place is None and self._kept:
            self.place = _author_line(sys._getframe(2))


def _author_line(frame):
    """Where author code is, if that is what called the standard library; None for a package."""
    while frame is not None and frame.f_code.co_filename.startswith((STANDARD, "<")):
        frame = frame.f_back
    file = "" if frame is None else frame.f_code.co_filename
    is_author = file.startswith(AUTHOR) and not file.startswith(PACKAGES)
    return "%s line %d" % (file[len(AUTHOR):], frame.f_lineno) if is_author else None
