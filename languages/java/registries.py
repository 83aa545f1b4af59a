"""Prints where Maven installs from when nothing else is said. Mirrors come from the environment of builds."""
import re
import zipfile
from glob import glob


def built_in():
    """Addresses of the repositories that are in Maven's own model of a project."""
    for jar in glob("/usr/share/maven/lib/maven-model-builder-3*.jar") or glob("/usr/share/maven/lib/maven-model-builder*.jar"):
        with zipfile.ZipFile(jar) as model:
            text = model.read("org/apache/maven/model/pom-4.0.0.xml").decode()
        return sorted(set(re.findall(r"<url>(https?://[^<]+)</url>", text)))
    return []


if __name__ == "__main__":
    print("\n".join(built_in()))
