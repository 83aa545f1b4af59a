"""Maven's settings and those of its virtual machine, from the variables of the build: mirror, proxy, certificates."""
import os
import subprocess
import zipfile
from urllib.parse import unquote, urlsplit
from xml.sax.saxutils import escape

from places import BRIDGE, java_home, temporary
from registries import built_in

HANDLER_VERSION = "1.2.2"


def variable(name):
    return os.environ.get(name) or os.environ.get(name.lower()) or ""


def write():
    """Path of a settings.xml."""
    mirror = variable("MAVEN_MIRROR") or (built_in() or [""])[0]
    # Without a mirror of their own, only old addresses without TLS are replaced, which Maven refuses.
    replaces = "*,!algorist" if variable("MAVEN_MIRROR") else "external:http:*"
    text = (
        "<settings><mirrors><mirror><id>mirror</id><url>%s</url><mirrorOf>%s</mirrorOf></mirror></mirrors><proxies>%s</proxies>"
        "<profiles><profile><id>algorist</id><repositories><repository><id>algorist</id><url>file://%s</url></repository>"
        "</repositories></profile></profiles><activeProfiles><activeProfile>algorist</activeProfile></activeProfiles></settings>"
        % (escape(mirror), replaces, "".join(map(proxy, ("http", "https"))), escape(own_repository()))
    )
    path = os.path.join(temporary("maven"), "settings.xml")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def proxy(scheme):
    address = variable(scheme.upper() + "_PROXY") or variable("ALL_PROXY")
    if not address:
        return ""
    url = urlsplit(address if "//" in address else "http://" + address)
    account = "" if url.username is None else "<username>%s</username><password>%s</password>" % (
        escape(unquote(url.username)), escape(unquote(url.password or "")))
    not_for = "|".join(part.strip().replace(".", "*.", 1) if part.strip().startswith(".") else part.strip()
                       for part in variable("NO_PROXY").split(",") if part.strip())
    return "<proxy><id>%s</id><active>true</active><protocol>%s</protocol><host>%s</host><port>%d</port>%s<nonProxyHosts>%s</nonProxyHosts></proxy>" % (
        scheme, scheme, escape(url.hostname or ""), url.port or (443 if url.scheme == "https" else 80), account, escape(not_for))


def java_options():
    options = "-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xshare:auto"
    certificates = variable("SSL_CERT_FILE") or variable("CURL_CA_BUNDLE")
    if not os.path.isfile(certificates):
        return options
    store = os.path.join(temporary("maven"), "certificates.p12")
    command = [os.path.join(java_home(), "bin", "java"), "-cp", os.path.join(BRIDGE, "bridge.jar"), "algorist.bridge.Certificates"]
    made = subprocess.run([*command, certificates, store], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    if made.returncode != 0:
        return options
    return options + " -Djavax.net.ssl.trustStore=%s -Djavax.net.ssl.trustStorePassword=algorist" % store


def own_repository():
    """A repository with algorithm-handler, which the public one does not have; the bridge brings its classes again."""
    root = temporary("repository")
    folder = os.path.join(root, "com", "algorithmia", "algorithm-handler")
    version = os.path.join(folder, HANDLER_VERSION)
    os.makedirs(version, exist_ok=True)
    name = os.path.join(version, "algorithm-handler-" + HANDLER_VERSION)
    coordinates = "<groupId>com.algorithmia</groupId><artifactId>algorithm-handler</artifactId>"
    with open(name + ".pom", "w", encoding="utf-8") as file:
        file.write("<project><modelVersion>4.0.0</modelVersion>%s<version>%s</version></project>" % (coordinates, HANDLER_VERSION))
    with open(os.path.join(folder, "maven-metadata.xml"), "w", encoding="utf-8") as file:
        file.write("<metadata>%s<versioning><release>%s</release><versions><version>%s</version></versions></versioning></metadata>" % (
            coordinates, HANDLER_VERSION, HANDLER_VERSION))
    with zipfile.ZipFile(os.path.join(BRIDGE, "bridge.jar")) as bridge, zipfile.ZipFile(name + ".jar", "w") as jar:
        for entry in bridge.namelist():
            if entry.startswith("com/algorithmia/development/") and entry.endswith(".class"):
                jar.writestr(entry, bridge.read(entry))
    return root
