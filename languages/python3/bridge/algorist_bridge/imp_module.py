"""The part of the module `imp`, gone in 3.12, that old algorithms use."""
import importlib.util
import sys
from importlib import reload
from types import ModuleType as new_module

__all__ = ["load_source", "new_module", "reload"]


def load_source(name, pathname, file=None):
    """Imports the file at `pathname` as the module `name`."""
    spec = importlib.util.spec_from_file_location(name, pathname)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module
