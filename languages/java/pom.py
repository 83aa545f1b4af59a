"""What a pom.xml asks for, as far as a build has to know before Maven does; and its repair for today's Java."""
import re
import xml.etree.ElementTree as ElementTree

from report import fail, log

PROVIDED = ("algorithmia-client", "algorithmia-extras", "algorithm-handler")
"""Plugins that change nothing of what the compiler alone makes."""
PLAIN_PLUGINS = {"maven-compiler-plugin", "maven-jar-plugin", "maven-dependency-plugin", "maven-surefire-plugin", "maven-resources-plugin"}
OLDEST_LEVEL = 8
TODAYS_LEVEL = 17
LEVEL = re.compile(r"(<(?:maven\.compiler\.)?(source|target|release|testSource|testTarget)>)\s*(?:1\.)?([1-7])\s*(</)")


class Pom:
    """`needs_maven`, `provided` (dependencies that are ours), `source_level` (a number, or None), `properties`."""

    def __init__(self, root):
        self.properties = {tag(node): (node.text or "").strip() for node in children(root, "properties")}
        dependencies = [fields(node) for node in children(root, "dependencies")]
        wanted = [one for one in dependencies if one.get("scope") != "test" and one.get("groupId") != "junit"]
        self.provided = [name_of(one) for one in wanted if is_provided(one)]
        self.runs_tests = self.properties.get("algorist.tests") == "true"
        self.needs_maven = self.runs_tests or not all(map(is_provided, wanted)) or is_special(root)
        self.source_level = level_of(root, self.properties)


def read_pom(file):
    try:
        return Pom(ElementTree.parse(file).getroot())
    except ElementTree.ParseError as error:
        fail("%s is not XML: %s" % (file, error))


def tag(node):
    return node.tag.rsplit("}", 1)[-1] if isinstance(node.tag, str) else ""


def child(node, name):
    return next((one for one in node if tag(one) == name), None)


def children(node, name):
    found = child(node, name)
    return [] if found is None else [one for one in found if tag(one)]


def fields(node):
    return {tag(one): (one.text or "").strip() for one in node}


def name_of(dependency):
    return ":".join(dependency.get(part, "") for part in ("groupId", "artifactId", "version"))


def is_provided(dependency):
    """An open range means whatever is there; an exact version means the original."""
    ours = dependency.get("groupId") == "com.algorithmia" and dependency.get("artifactId") in PROVIDED
    return ours and dependency.get("version", "")[:1] in ("[", "(")


def is_special(root):
    """Anything that only Maven understands."""
    if fields(root).get("packaging", "jar") != "jar":
        return True
    if any(child(root, name) is not None for name in ("parent", "modules", "profiles", "repositories", "dependencyManagement")):
        return True
    build = child(root, "build")
    if build is None:
        return False
    if any(tag(node) not in ("plugins", "finalName", "defaultGoal", "directory") for node in build):
        return True
    return any(fields(plugin).get("artifactId") not in PLAIN_PLUGINS for plugin in children(build, "plugins"))


def level_of(root, properties):
    texts = [properties.get("maven.compiler." + name) for name in ("release", "source", "target")]
    texts += [node.text for node in root.iter() if tag(node) in ("release", "source")]
    for text in texts:
        number = re.fullmatch(r"\s*(?:1\.)?(\d+)\s*", text or "")
        if number:
            return max(OLDEST_LEVEL, int(number[1]))
    return None


def repair(file):
    """Raises levels of the language that today's compilers do not know. The build's copy of the file is changed."""
    with open(file, encoding="utf-8", errors="surrogateescape", newline="") as opened:
        text = opened.read()
    repaired, count = LEVEL.subn(lambda match: "%s%d%s" % (match[1], OLDEST_LEVEL, match[4]), text)
    if count == 0:
        return
    old = LEVEL.search(text)[3]
    log("%s: Java %s is compiled as Java %d, since compilers of today know none older" % (file, old, OLDEST_LEVEL))
    with open(file, "w", encoding="utf-8", errors="surrogateescape", newline="") as opened:
        opened.write(repaired)
