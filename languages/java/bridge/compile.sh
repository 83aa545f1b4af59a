#!/bin/sh
# Compiles the copy of the bridge that lies in $1: bridge.jar, drop-in.jar (our stand-in for the client), maven.jar (for builds),
# and an archive of loaded classes, with which the virtual machine starts faster. The archive holds only for the path at which
# workers find the jar, so it is made there.
set -e
cd "$1"
. ./java-home.sh
. ./java-options.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
compile() { # folder of the sources, class path, options
    find "$1" -name '*.java' > "$work/sources"
    "$JAVA_HOME/bin/javac" -nowarn -encoding UTF-8 -g -parameters -cp "$2" $3 -d "$work/$1" "@$work/sources" 2> "$work/log" ||
        { cat "$work/log" >&2; exit 1; }
    if [ -d "$1/META-INF" ]; then cp -R "$1/META-INF" "$work/$1"; fi
    "$JAVA_HOME/bin/jar" --create --file "$1.jar" -C "$work/$1" .
}
compile bridge "$work" "--add-modules jdk.incubator.foreign"
compile drop-in bridge.jar
# Maven reads no newer classes.
compile maven "$(echo /usr/share/maven/lib/*.jar | tr ' ' :)" "-source 8 -target 8"
mkdir "$work/empty"
bwrap --dev-bind / / --tmpfs /opt --bind "$PWD" /opt/bridge -- "$JAVA_HOME/bin/java" $options \
    -XX:ArchiveClassesAtExit=/opt/bridge/bridge.jsa -cp /opt/bridge/bridge.jar algorist.bridge.Training "$work/empty" || true
