"""What a pom.xml asks for, as far as a build has to know before Maven does; and its repair for today's Java."""
import re
import xml.etree.ElementTree as ElementTree

from report import fail, log

PROVIDED = ("algorithmia-client", "algorithmia-extras", "algorithm-handler")
"""Plugins that, used as algorithms do, make nothing but what the compiler alone makes as well."""
PLAIN_PLUGINS = {"maven-compiler-plugin", "maven-jar-plugin", "maven-dependency-plugin", "maven-resources-plugin"}
"""Plugins that test, look and report: whatever they do, classes stay as they are."""
IDLE_PLUGINS = {
    "maven-surefire-plugin", "maven-failsafe-plugin", "maven-surefire-report-plugin", "sonar-maven-plugin", "jacoco-maven-plugin",
    "cobertura-maven-plugin", "maven-checkstyle-plugin", "maven-pmd-plugin", "findbugs-maven-plugin", "spotbugs-maven-plugin",
    "maven-source-plugin", "maven-javadoc-plugin", "maven-site-plugin", "maven-project-info-reports-plugin", "maven-clean-plugin",
    "maven-install-plugin", "maven-deploy-plugin", "maven-release-plugin", "versions-maven-plugin",
}
SPECIAL_SETTINGS = {"compilerArgument", "compilerArguments", "annotationProcessorPaths", "includes", "excludes"}
OLDEST_LEVEL = 8
TODAYS_LEVEL = 17
LEVEL = re.compile(r"(<(?:maven\.compiler\.)?(source|target|release|testSource|testTarget)>)\s*(?:1\.)?([1-7])\s*(</)")


class Pom:
    """
    `provided` are dependencies that are ours. `needs_packages` says that there are others, `needs_plugins` that only all of Maven
    makes what the file describes. `source_level` is a number or None; `main_class` is the manifest's, or None.
    """

    def __init__(self, root):
        self.properties = {tag(node): (node.text or "").strip() for node in children(root, "properties")}
        dependencies = [fields(node) for node in children(root, "dependencies")]
        wanted = [one for one in dependencies if one.get("scope") != "test" and one.get("groupId") != "junit"]
        self.provided = [name_of(one) for one in wanted if is_provided(one)]
        self.runs_tests = self.properties.get("algorist.tests") == "true"
        self.needs_packages = not all(map(is_provided, wanted))
        self.needs_plugins = self.runs_tests or is_special(root)
        self.main_class = next((node.text.strip() for node in root.iter() if tag(node) == "mainClass" and node.text), None)
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
    return not all(map(is_plain, children(build, "plugins"))) or not all(map(is_jar, children(root, "dependencies")))


def is_plain(plugin):
    """Whether it only says what the compiler alone does as well."""
    texts = [(node.text or "").strip() for node in plugin.iter() if tag(node) == "goal"]
    names = {tag(node) for node in plugin.iter()}
    name = fields(plugin).get("artifactId")
    if name in IDLE_PLUGINS:
        return True
    only_copies = all(text in ("copy-dependencies", "jar") for text in texts)
    only_warns = all((node.text or "").strip().startswith("-Xlint") for node in plugin.iter() if tag(node) == "arg")
    return name in PLAIN_PLUGINS and only_copies and only_warns and not names & SPECIAL_SETTINGS


def is_jar(dependency):
    described = fields(dependency)
    return described.get("type", "jar") == "jar" and described.get("scope") not in ("system", "import")


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
