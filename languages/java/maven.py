"""Maven in a build: packages from the mirror or from where Maven gets them by itself, jars into the algorithm's folder."""
import os
import re
import shutil
import subprocess

import pom
import settings
from places import BRIDGE, dependencies, java_home, temporary
from report import fail, log

MAVEN = "/usr/share/maven/bin/mvn"
COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies"
COPIED = os.path.join("target", "dependencies")
"""Exit code: what an earlier build has left does not do (PROTOCOL.md)."""
NEEDS_NEW = 75
UNRESOLVED = re.compile(r"Could not (?:resolve|find|transfer)|Cannot access .* in offline mode|No versions available|was not found in")


def package(described):
    poms = find_poms()
    for file in poms:
        pom.repair(file)
    options = []
    if described.source_level is None and not any(has_level(file) for file in poms):
        options += ["-Dmaven.compiler.source=%d" % pom.TODAYS_LEVEL, "-Dmaven.compiler.target=%d" % pom.TODAYS_LEVEL]
    if "project.build.sourceEncoding" not in described.properties:
        options.append("-Dproject.build.sourceEncoding=UTF-8")
    if described.runs_tests:
        log("tests: run, since pom.xml says algorist.tests")
    else:
        log("tests: not run; they often call what a build cannot reach (<algorist.tests>true</algorist.tests> runs them)")
        options += ["-Dmaven.test.skip=true", "-DskipTests"]
    copies = [] if all(copies_by_itself(file) for file in poms) else [COPY, "-DincludeScope=runtime"]
    run(["package", *copies, "-Denforcer.skip=true", *options])
    report_resolved()


def fetch_for(file):
    """Jars of what the pom.xml depends on; those that are needed to run are copied to target/dependencies."""
    with open(listing_of(file), encoding="utf-8") as opened:
        found = [line.rstrip("\n").split("\t") for line in opened]
    os.makedirs(COPIED, exist_ok=True)
    for scope, coordinates, jar in found:
        log("resolved: %s" % coordinates)
        if scope in ("compile", "runtime"):
            shutil.copy(jar, COPIED)
    return [jar for _, _, jar in found]


def listing_of(file):
    """What the pom.xml depends on and where it is. An unchanged one needs no Maven, whose start takes longer than the compiler."""
    store, is_kept = dependencies()
    kept = os.path.join(store, "dependencies")
    if is_kept and os.path.isfile(kept) and not has_profiles(file):
        log("Maven is not asked: what it found for this pom.xml is here")
        return kept
    listing = os.path.join(temporary("maven"), "dependencies") if is_kept else kept
    run(["-Dmaven.ext.class.path=" + os.path.join(BRIDGE, "maven.jar"), "-Dalgorist.dependencies=" + listing, "-f", file, "validate"])
    return listing


def has_profiles(file):
    """A profile may depend on other files than the pom.xml."""
    with open(file, encoding="utf-8", errors="replace") as opened:
        return "<profile" in opened.read()


def run(arguments):
    store, is_kept = dependencies()
    command = [MAVEN, "-B", "-q", "-e", "-s", settings.write(), "-Dmaven.repo.local=" + repository(store, is_kept)]
    command += ["-o"] if is_kept else []
    log("mvn %s" % " ".join(arguments))
    environment = {**os.environ, "JAVA_HOME": java_home(), "MAVEN_OPTS": settings.java_options(), "MAVEN_SKIP_RC": "1"}
    process = subprocess.Popen(
        command + arguments, env=environment, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
    )
    lines = []
    for line in process.stdout:
        line = re.sub(r"\x1b\[[0-9;]*m", "", line.rstrip())
        lines.append(line)
        if line and not is_noise(line):
            log(line)
    if process.wait() == 0:
        return
    text = "\n".join(lines)
    if is_kept and UNRESOLVED.search(text):
        fail("the packages that were kept do not do", NEEDS_NEW)
    fail(reason(text) or "Maven ended with code %d" % process.returncode)


def repository(store, is_kept):
    """Maven writes notes beside what it reads, so what was kept is linked to from a folder of this build."""
    kept = os.path.join(store, "repository")
    if not is_kept:
        return kept
    own = os.path.join(temporary("kept"), "repository")
    subprocess.run(["cp", "-as", kept, own], check=False)
    return own


def is_noise(line):
    return re.match(r"\[(?:ERROR|INFO|WARNING)\]\s*(?:$|\[Help|Re-run Maven|To see the full|For more information|After correcting)", line) or re.match(
        r"\s+at |\s*\.\.\. \d+ more|Caused by: |org\.apache\.maven\.", line
    )


def reason(text):
    """The first thing that went wrong: a line of a source, or what could not be had."""
    source = re.search(r"^\[ERROR\] (?:%s/)?(\S+\.java):\[(\d+)(?:,\d+)?\] (?:error: )?(.*)$" % re.escape(os.getcwd()), text, re.MULTILINE)
    if source:
        return "%s:%s: %s" % (source[1], source[2], source[3])
    failed = re.search(r"^\[ERROR\] (?:Failed to execute goal .*?: )?(.*(?:Could not|No versions|Non-resolvable|Tests|tests|malformed|missing).*?)(?: -> \[Help \d+\])?$", text, re.MULTILINE)
    first = failed or re.search(r"^\[ERROR\] (.+)$", text, re.MULTILINE)
    return first and first[1]


def find_poms():
    found = []
    for path, folders, files in os.walk("."):
        folders[:] = [name for name in folders if name not in (".git", "target", "src")]
        if "pom.xml" in files:
            found.append(os.path.normpath(os.path.join(path, "pom.xml")))
    return found


def has_level(file):
    return pom.read_pom(file).source_level is not None


def copies_by_itself(file):
    """Poms of the platform copy their dependencies, to target/lib or target/dependencies; each copies those of its own module."""
    with open(file, encoding="utf-8", errors="replace") as opened:
        return "copy-dependencies" in opened.read()


def report_resolved():
    """Names and versions, as the jars that were copied say them."""
    names = set()
    for path, folders, files in os.walk("."):
        folders[:] = [name for name in folders if name != ".git"]
        if os.path.basename(path) in ("dependency", "dependencies", "lib") and os.path.basename(os.path.dirname(path)) == "target":
            names.update(name[: -len(".jar")] for name in files if name.endswith(".jar"))
    for name in sorted(names):
        log("resolved: %s" % re.sub(r"-(?=\d)", " ", name, count=1))
