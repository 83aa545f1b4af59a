#!/bin/sh
# Starts the virtual machine with the bridge. Arguments: the main class, and `wait` for a worker that is started ahead.
# BRIDGE_CLASS_PATH holds what a language that builds on this bridge adds.
bridge=${0%/*}
. "$bridge/java-home.sh"
open=
for package in lang lang.invoke lang.reflect io math net nio text time util util.concurrent util.regex; do
    open="$open --add-opens=java.base/java.$package=ALL-UNNAMED"
done
# Without a log it is silent about an archive that does not fit, which then is not used.
set -- -Xlog:disable -Xshare:auto -XX:SharedArchiveFile="${BRIDGE_ARCHIVE:-$bridge/bridge.jsa}" \
    -XX:+UseSerialGC -XX:-UsePerfData -Xms16m -Xss2m -Dfile.encoding=UTF-8 -Djava.awt.headless=true $open \
    -cp "$bridge/bridge.jar${BRIDGE_CLASS_PATH:+:$BRIDGE_CLASS_PATH}" "$@"
[ "$(eval "echo \$$#")" = wait ] || exec "$JAVA_HOME/bin/java" "$@"
# A worker that is started ahead gets its folder later, which needs C's chdir (WorkingFolder). The warning about that module
# would be taken for the algorithm's: descriptor 5 becomes 2 again behind it.
exec "$JAVA_HOME/bin/java" --add-modules jdk.incubator.foreign --enable-native-access=ALL-UNNAMED \
    -Duser.dir=/opt/algorithm "$@" 5>&2 2>/dev/null
