"""Dependencies of the platform's first years: an ivy.xml, whose packages Maven gets (java4)."""
import re
import xml.etree.ElementTree as ElementTree

import maven
from report import fail, log


def fetch(file):
    """Jars of what the file names. @raises SystemExit when a package cannot be had"""
    try:
        nodes = list(ElementTree.parse(file).getroot().iter("dependency"))
    except ElementTree.ParseError as error:
        fail("%s is not XML: %s" % (file, error))
    wanted = [(node.get("org"), node.get("name"), version(node.get("rev", ""))) for node in nodes]
    others = [one for one in wanted if not is_ours(one)]
    for one in wanted:
        if is_ours(one):
            log("%s: provided by the platform" % ":".join(map(str, one)))
    return maven.fetch(others) if others else []


def is_ours(dependency):
    return dependency[0] in ("algorithmia", "com.algorithmia")


def version(revision):
    """Ivy's open revisions as Maven's ranges."""
    if revision.startswith("latest"):
        return "[0,)"
    prefix = re.fullmatch(r"((?:\d+\.)*)(\d+)\.\+", revision)
    if prefix:
        return "[%s%s,%s%d)" % (prefix[1], prefix[2], prefix[1], int(prefix[2]) + 1)
    return revision
