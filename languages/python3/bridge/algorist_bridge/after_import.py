"""Changes modules right after their import, and only if they are imported at all (runtime.md 6.1).

Standard library: names and arguments that Python dropped since the platform's packages were written come back where
they are missing. Platform packages: see official.py.
"""
import _collections_abc
import sys

from . import official


class AfterImport:
    """A meta path finder that lets the others find a module and then runs its change."""

    def __init__(self, changes):
        self._changes = changes

    def install(self):
        sys.meta_path.insert(0, self)
        for name, change in self._changes.items():
            if name in sys.modules:
                change(sys.modules[name])

    def find_spec(self, name, path=None, target=None):
        change = self._changes.get(name)
        if change is None:
            return None
        for finder in sys.meta_path:
            spec = None if finder is self else finder.find_spec(name, path, target)
            if spec is not None:
                _run_after(spec.loader, change)
                return spec
        return None


def _run_after(loader, change):
    execute = loader.exec_module

    def exec_module(module):
        execute(module)
        change(module)

    loader.exec_module = exec_module


def add_getargspec(inspect):
    """`inspect.getargspec`, gone in 3.11."""
    if hasattr(inspect, "getargspec"):
        return
    from collections import namedtuple

    arg_spec = namedtuple("ArgSpec", "args varargs keywords defaults")

    def getargspec(func):
        return arg_spec(*inspect.getfullargspec(func)[:4])

    inspect.getargspec = getargspec


def accept_etype(traceback):
    """The keyword `etype`, positional-only since 3.10."""
    if sys.version_info < (3, 10):
        return
    for name in ("format_exception", "print_exception", "format_exception_only"):
        setattr(traceback, name, _with_etype(getattr(traceback, name)))


def _with_etype(function):
    def wrapper(*args, **options):
        if "etype" in options:
            args = (options.pop("etype"), *args)
        return function(*args, **options)

    wrapper.__name__, wrapper.__doc__, wrapper.__wrapped__ = function.__name__, function.__doc__, function
    return wrapper


def add_loaders(pkgutil):
    """`pkgutil.find_loader` and `get_loader`, gone in 3.14."""
    if hasattr(pkgutil, "find_loader"):
        return
    from importlib.util import find_spec

    def find_loader(fullname):
        spec = find_spec(fullname)
        return spec and spec.loader

    pkgutil.find_loader = pkgutil.get_loader = find_loader


def add_abc_aliases(collections):
    """`collections.Mapping` and its like, gone in 3.10."""
    for name in _collections_abc.__all__:
        if not hasattr(collections, name):
            setattr(collections, name, getattr(_collections_abc, name))


def install():
    """Called once, before author code."""
    AfterImport({
        "inspect": add_getargspec,
        "traceback": accept_etype,
        "pkgutil": add_loaders,
        "collections": add_abc_aliases,
        "adk.ADK": official.switch_adk,
        "Algorithmia.adk": official.switch_adk,
        "Algorithmia.handler": official.switch_handler,
    }).install()
    if sys.version_info >= (3, 12):
        from . import imp_module

        sys.modules.setdefault("imp", imp_module)
