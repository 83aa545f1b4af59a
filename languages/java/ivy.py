"""Dependencies of the platform's first years: an ivy.xml, whose packages Maven gets (java4)."""
import os
import re
import xml.etree.ElementTree as ElementTree
from xml.sax.saxutils import escape

import maven
from places import temporary
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
    if not others:
        return []
    pom = os.path.join(temporary("ivy"), "pom.xml")
    with open(pom, "w", encoding="utf-8") as opened:
        opened.write(pom_of(others))
    return maven.fetch_for(pom)


def pom_of(dependencies):
    rows = "".join(
        "<dependency><groupId>%s</groupId><artifactId>%s</artifactId><version>%s</version></dependency>" % tuple(map(escape, one))
        for one in dependencies
    )
    return (
        "<project><modelVersion>4.0.0</modelVersion><groupId>algorist</groupId><artifactId>ivy</artifactId>"
        "<version>1</version><dependencies>%s</dependencies></project>" % rows
    )


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
