#!/bin/sh
# Compiles the copy of the bridge that lies in $1: bridge.jar, drop-in.jar, and an archive of loaded classes, with which the
# virtual machine starts faster. The archive holds only for the path at which workers find the jar, so it is made there.
set -e
cd "$1"
. ./java-home.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
compile() { # name of the jar, source folder, class path
    mkdir "$work/$1"
    find "$2" -name '*.java' > "$work/sources"
    "$JAVA_HOME/bin/javac" -nowarn -encoding UTF-8 -g -parameters --add-modules jdk.incubator.foreign -cp "$3" -d "$work/$1" "@$work/sources" 2> "$work/log" ||
        { cat "$work/log" >&2; exit 1; }
    "$JAVA_HOME/bin/jar" --create --file "$1.jar" -C "$work/$1" .
}
compile bridge src "$work"
if [ -d drop-in ]; then compile drop-in drop-in bridge.jar; fi

. ./java-options.sh
mkdir "$work/empty"
bwrap --dev-bind / / --tmpfs /opt --bind "$PWD" /opt/bridge -- "$JAVA_HOME/bin/java" $options \
    -XX:ArchiveClassesAtExit=/opt/bridge/bridge.jsa -cp /opt/bridge/bridge.jar algorist.bridge.Training "$work/empty" || true
