"""Reads requirements.txt as far as needed to tell what the platform itself provides."""
import re

PROVIDED = {"algorithmia": (1, 17, 0), "algorithmia-adk": (1, 2, 4)}

_LINE = re.compile(r"^\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*\(?\s*([^;#()]*?)\s*\)?\s*(?:#.*)?$")
_CLAUSE = re.compile(r"^(~=|==|!=|<=|>=|<|>)\s*([0-9]+(?:\.[0-9]+)*)(\.\*)?$")


def split_requirements(text):
    """(provided, others): lines that the platform satisfies itself, and the rest unchanged."""
    provided, others = [], []
    for line in text.splitlines():
        (provided if is_provided(line) else others).append(line)
    return provided, others


def is_provided(line):
    """Whether a line asks for one of our packages in a range that holds our version. An exact pin means the original."""
    match = _LINE.match(line)
    if match is None:
        return False
    name = re.sub(r"[-_.]+", "-", match.group(1)).lower()
    return name in PROVIDED and accepts(match.group(2), PROVIDED[name])


def accepts(specifier, version):
    """Whether every clause of `>=1.0,<2` holds for `version`; False for clauses that are not plain numbers."""
    clauses = [clause.strip() for clause in specifier.split(",") if clause.strip()]
    return all(_clause_holds(clause, version) for clause in clauses)


def _clause_holds(clause, version):
    match = _CLAUSE.match(clause)
    if match is None:
        return False
    operator, digits, wildcard = match.group(1), match.group(2), match.group(3)
    wanted = tuple(int(part) for part in digits.split("."))
    same_start = version[:len(wanted)] == wanted
    if operator == "==":
        return bool(wildcard) and same_start
    if operator == "!=":
        return not same_start if wildcard else _padded(version) != _padded(wanted)
    if operator == "~=":
        return _padded(version) >= _padded(wanted) and version[:len(wanted) - 1] == wanted[:-1]
    ours, theirs = _padded(version), _padded(wanted)
    return {"<": ours < theirs, ">": ours > theirs, "<=": ours <= theirs, ">=": ours >= theirs}[operator]


def _padded(version):
    return version + (0,) * (6 - len(version))
