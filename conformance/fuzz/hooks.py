"""What Schemathesis does before a request: names that exist for most of those that it made up, and none of what it needs.

FUZZ_WORLD is the JSON that world.ts wrote: `pools` (values by path parameter), `members` (values by member of a body),
`kept` (changed by nothing), `undeletable` (changed, but not deleted).
"""
import json
import os
import zlib

import schemathesis

with open(os.environ["FUZZ_WORLD"]) as file:
    WORLD = json.load(file)

KEPT = set(WORLD["kept"])
UNDELETABLE = set(WORLD["undeletable"])
SOMETHING_ELSE = "nobody_here"
# Ids in the examples of the document, which nothing has.
NOTHING = ("f2c1b9e4-5d0a-4c57-9a39-0a4f4c1f1d2e", "9d2f1c5b7a3e4d6f8091a2b3c4d5e6f708192a3b", "0.1.0")


def number_of(value):
    return zlib.crc32(repr(value).encode())


def real(pool, value):
    """For three values of four one of the pool; always the same one for the same value."""
    number = number_of(value)
    return pool[number // 4 % len(pool)] if pool and number % 4 else value


def with_real_members(value):
    if isinstance(value, list):
        return [with_real_members(each) for each in value]
    if not isinstance(value, dict):
        return value
    members = WORLD["members"]
    return {
        name: real(members[name], each) if name in members else with_real_members(each)
        for name, each in value.items()
    }


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    return {name: real(WORLD["pools"].get(name), value) for name, value in (path_parameters or {}).items()}


@schemathesis.hook
def map_body(context, body):
    return with_real_members(body)


def may_not(method, path, last, value):
    """Whether a request with this path parameter would take away what the run needs."""
    if value in KEPT:
        return True
    return method == "DELETE" and last and path.startswith(("/v1/user", "/v1/org", "/v1/algorithms")) and value in UNDELETABLE


@schemathesis.hook
def before_call(context, case, kwargs):
    for name, value in list((case.path_parameters or {}).items()):
        if value in NOTHING and name in WORLD["pools"]:
            case.path_parameters[name] = WORLD["pools"][name][0]
    if (case.headers or {}).get("Idempotency-Key") == "order-4711":
        # The same key for the same call only: otherwise every call but the first would be refused.
        case.headers["Idempotency-Key"] = "order-%d" % (number_of((case.path_parameters, case.body)) % 1000)
    method = case.method.upper()
    if method in ("GET", "HEAD", "OPTIONS"):
        return
    for name, value in list((case.path_parameters or {}).items()):
        if may_not(method, case.path, case.path.endswith("{" + name + "}"), str(value).lower()):
            case.path_parameters[name] = SOMETHING_ELSE
