"""Finds and imports an algorithm's module and turns it into one function `apply(value)` (runtime.md 1.10, 3.3-3.5)."""
import json
import os
import site
import sys
from types import ModuleType

from . import official, own_numpy

SITE_FOLDER = os.path.join(".algorist", "site")


class EntryNotFound(Exception):
    """No file of the repository can be the algorithm's module."""


def load_algorithm(folder, record_name, drop_in_folder):
    """Imports the algorithm in `folder`; returns its `apply`. Raises whatever its code raises."""
    _set_search_path(folder, drop_in_folder)
    module = _import_entry(folder, _entry_names(folder, record_name))
    registered = official.registered_algorithm()
    if registered is not None:
        return registered.prepare()
    return lambda value: module.apply(value)


def _set_search_path(folder, drop_in_folder):
    # After the standard library (old packages such as argparse would shadow it), before what Debian installed.
    own_site = os.path.join(folder, SITE_FOLDER)
    if os.path.isdir(own_site):
        position = next((i for i, path in enumerate(sys.path) if path.endswith("-packages")), len(sys.path))
        sys.path.insert(position, own_site)
        site.addsitedir(own_site)
        own_numpy.hide_what_does_not_fit(own_site)
    sys.path += [folder, drop_in_folder]


def _entry_names(folder, record_name):
    names = [_configured_name(folder), record_name, "Algorithm"]
    return list(dict.fromkeys(name for name in names if name))


def _configured_name(folder):
    try:
        with open(os.path.join(folder, "algorithmia.conf"), encoding="utf-8-sig") as file:
            conf = json.load(file)
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise EntryNotFound("algorithmia.conf is not valid JSON: %s" % error) from None
    name = conf.get("algoname") if isinstance(conf, dict) else None
    return name if isinstance(name, str) else None


def _import_entry(folder, names):
    source = os.path.join(folder, "src")
    for name in names:
        if os.path.isfile(os.path.join(source, name + ".py")) or os.path.isfile(os.path.join(source, name, "__init__.py")):
            _provide_src_package(source)
            # The statement's own function: it leaves importlib's frames out of tracebacks.
            __import__("src." + name)
            return sys.modules["src." + name]
    files = " or ".join("src/%s.py" % name for name in names)
    raise EntryNotFound("expected the algorithm in %s (named by algoname in algorithmia.conf), which does not exist" % files)


def _provide_src_package(source):
    # Without __init__.py another installed package called `src` would win.
    if not os.path.isfile(os.path.join(source, "__init__.py")):
        package = ModuleType("src")
        package.__path__ = [source]
        sys.modules["src"] = package
