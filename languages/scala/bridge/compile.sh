#!/bin/sh
# Compiles the copy of the bridge that lies in $1 against Java's in $2, and archives its classes as Java's are: the archive
# holds only for the paths at which workers find both.
set -e
cd "$1"
. "$2/java-home.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
find src -name '*.java' > "$work/sources"
mkdir "$work/classes"
"$JAVA_HOME/bin/javac" -nowarn -encoding UTF-8 -g -parameters -cp "$2/bridge.jar" -d "$work/classes" "@$work/sources"
"$JAVA_HOME/bin/jar" --create --file scala.jar -C "$work/classes" .

. "$2/java-options.sh"
mkdir "$work/empty"
bwrap --dev-bind / / --tmpfs /opt --bind "$PWD" /opt/bridge --ro-bind "$2" /opt/base -- "$JAVA_HOME/bin/java" $options \
    -XX:ArchiveClassesAtExit=/opt/bridge/scala.jsa -cp /opt/base/bridge.jar:/opt/bridge/scala.jar \
    algorist.scala.Training "$work/empty" || true
