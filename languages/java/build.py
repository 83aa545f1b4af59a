"""Builds a Java algorithm in the working directory: Maven, or the compiler alone where nothing has to be had from elsewhere.

The paths of the jars and folders that make it up go to `.algorist/class-path`, which the bridge reads. What the platform itself
brings (the client in an open range of versions) is not downloaded, so simple algorithms build offline.
"""
import json
import os
import sys

import classpath
import compiler
import ivy
import maven
from pom import read_pom
from report import fail, log


def main():
    check_configuration()
    if os.path.isfile("pom.xml"):
        build_with_pom(read_pom("pom.xml"))
    elif os.path.isfile("ivy.xml"):
        compiler.build(ivy.fetch("ivy.xml"))
    else:
        log("no pom.xml: compiling what is in src")
        compiler.build([])
    classpath.write()
    classpath.check_entry()
    log("done")


def check_configuration():
    try:
        with open("algorithmia.conf", encoding="utf-8-sig") as file:
            if not isinstance(json.load(file), dict):
                fail("algorithmia.conf is not a JSON object")
    except FileNotFoundError:
        log("no algorithmia.conf; the algorithm's own name is used")
    except ValueError as error:
        fail("algorithmia.conf is not a JSON object: %s" % error)


def build_with_pom(pom):
    if pom.needs_plugins:
        maven.package(pom)
        return
    jars = []
    if pom.needs_packages:
        jars = maven.fetch_for("pom.xml")
    else:
        for dependency in pom.provided:
            log("%s: provided by the platform" % dependency)
        log("nothing to install")
    compiler.build(jars, pom.source_level)
    compiler.write_manifest(pom.main_class)


if __name__ == "__main__":
    sys.stdout.reconfigure(line_buffering=True)
    main()
