"""The libraries that a template has loaded: what the bridge, the drop-in client and most algorithms use.

Only the standard library. What author code or its requirements bring is never loaded here: it would run with what the
template may do, and for every algorithm of the account.
"""
MODULES = (
    "_bisect", "argparse", "base64", "collections.abc", "concurrent.futures", "contextlib", "copy", "csv", "dataclasses",
    "datetime", "decimal", "enum", "functools", "hashlib", "http.client", "inspect", "io", "itertools", "json", "logging",
    "math", "operator", "os", "pathlib", "pickle", "random", "re", "shutil", "site", "socket", "ssl", "statistics", "string",
    "struct", "subprocess", "tempfile", "threading", "time", "traceback", "typing", "urllib.parse", "urllib.request", "uuid",
    "warnings", "weakref", "zipfile", "zlib",
)


def run():
    for name in MODULES:
        __import__(name)
