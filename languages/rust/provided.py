"""Which version our own `algorithmia` crate passes for: the one that the algorithm's manifest or lock asks for."""
import re

# What the original was published as, newest first.
PUBLISHED = ["3.0.0-beta.3", "3.0.0-beta.2", "3.0.0-beta", "2.1.3", "2.1.2", "2.1.1", "2.1.0", "2.0.3", "2.0.2", "2.0.1",
             "2.0.0", "2.0.0-beta", "1.4.0", "1.3.0", "1.2.2", "1.2.1", "1.2.0", "1.1.0", "1.0.0", "0.8.0", "0.7.0"]
# The newest of a major version, for requirements that the original never met, such as "3".
FALLBACK = {"3": "3.0.0", "2": "2.1.3", "1": "1.4.0"}
USUAL = "3.0.0"
ORIGINAL = "=3.0.0-beta.3"


def is_original(requirement):
    """An exact version asks for the original crate. Those before 3.0.0-beta.3 cannot be had any more."""
    return requirement.replace(" ", "") == ORIGINAL


def version_for(requirement, locked=None):
    """A version that satisfies the requirement as cargo reads it."""
    if locked:
        return locked
    found = next((version for version in PUBLISHED if satisfies(version, requirement)), None)
    if found:
        return found
    major = re.match(r"[\^~=>v\s]*(\d+)", requirement)
    numbers = re.match(r"[\^~=v\s]*(\d+\.\d+\.\d+)", requirement)
    return numbers.group(1) if numbers else FALLBACK.get(major.group(1) if major else "", USUAL)


def is_legacy(version):
    """Versions before 3 have clients that are made without a result, and inputs by kind."""
    return int(version.split(".")[0]) < 3


def satisfies(version, requirement):
    numbers, _, label = version.partition("-")
    own = tuple(int(part) for part in numbers.split("."))
    for part in requirement.split(","):
        match = re.match(r"^\s*(\^|~|=|>=|<=|>|<)?\s*v?([\d.*xX]+)(-[\w.]+)?\s*$", part)
        if not match:
            return False
        operator, digits, wanted_label = match.group(1) or "^", match.group(2), (match.group(3) or "")[1:]
        given = [int(piece) for piece in digits.split(".") if piece.isdigit()]
        # A version that is no release yet is taken only where its label is named.
        if label and label != wanted_label:
            return False
        if given and not compare(operator, own, given):
            return False
    return True


def compare(operator, own, given):
    full = tuple(given + [0] * (3 - len(given)))
    if operator == "=":
        return own[:len(given)] == tuple(given)
    if operator == "~":
        return own >= full and own[:min(len(given), 2)] == tuple(given[:2])
    if operator == "^":
        return own >= full and own[0] == full[0] and (full[0] > 0 or own[1] == full[1])
    return {">=": own >= full, "<=": own[:len(given)] <= tuple(given), ">": own > full, "<": own < full}[operator]
