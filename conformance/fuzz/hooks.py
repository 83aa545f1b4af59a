"""What Schemathesis does before a request: names that exist for half of those that it made up, and none of what it needs.

FUZZ_WORLD is the JSON that world.ts wrote: `pools` (values by path parameter), `kept` (never changed by anything but a
GET) and `undeletable` (never deleted).
"""
import json
import os
import zlib

import schemathesis

with open(os.environ["FUZZ_WORLD"]) as file:
    WORLD = json.load(file)

KEPT = {value.lower() for value in WORLD["kept"]}
UNDELETABLE = KEPT | {value.lower() for value in WORLD["undeletable"]}
SOMETHING_ELSE = "nobody_here"


def real(name, value):
    """A value of the pool for half of the values, always the same one for the same value."""
    pool = WORLD["pools"].get(name, [])
    number = zlib.crc32(repr(value).encode()) % (2 * len(pool) or 1)
    return pool[number] if number < len(pool) else value


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    return {name: real(name, value) for name, value in (path_parameters or {}).items()}


@schemathesis.hook
def before_call(context, case, kwargs):
    method = case.method.upper()
    if method in ("GET", "HEAD", "OPTIONS"):
        return
    protected = UNDELETABLE if method == "DELETE" else KEPT
    for name, value in list((case.path_parameters or {}).items()):
        if str(value).lower() in protected:
            case.path_parameters[name] = SOMETHING_ELSE
