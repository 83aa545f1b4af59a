#!/bin/sh
# Starts the virtual machine with the bridge. Arguments: the main class, and `wait` for a worker that is started ahead.
# A language that builds on this bridge adds jars in BRIDGE_CLASS_PATH, and gives its own archive in BRIDGE_ARCHIVE.
bridge=${0%/*}
. "$bridge/java-home.sh"
. "$bridge/java-options.sh"
class_path=$bridge/bridge.jar${BRIDGE_CLASS_PATH:+:$BRIDGE_CLASS_PATH}
options="$options -XX:SharedArchiveFile=${BRIDGE_ARCHIVE:-$bridge/bridge.jsa}"
[ "$2" = wait ] || exec "$JAVA_HOME/bin/java" $options -cp "$class_path" "$@"
# A worker that is started ahead gets its folder later, which needs C's chdir (WorkingFolder). The warning about that module
# would be taken for the algorithm's: descriptor 5 becomes 2 again behind it.
exec "$JAVA_HOME/bin/java" $options --add-modules jdk.incubator.foreign --enable-native-access=ALL-UNNAMED \
    -Duser.dir=/opt/algorithm -cp "$class_path" "$@" 5>&2 2>/dev/null
