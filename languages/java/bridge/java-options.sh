# Options of every virtual machine of ours, in $options. Without a log it is silent about an archive that does not fit, which
# then is not used. Old libraries reach into Java's own classes, and so does the bridge, for descriptors and variables.
options="-Xlog:disable -Xshare:auto -XX:+UseSerialGC -XX:-UsePerfData -Xms16m -Xss2m -Dfile.encoding=UTF-8 -Djava.awt.headless=true"
for package in lang lang.invoke lang.reflect io math net nio text time util util.concurrent util.regex; do
    options="$options --add-opens=java.base/java.$package=ALL-UNNAMED"
done
# The heap is three quarters of what a worker may use by default, half of the machine but 4 GiB at most: Java's own share is of
# the machine, since the group that limits a worker cannot be seen from inside.
while read -r name kib unit; do
    if [ "$name" = MemTotal: ]; then break; fi
done < /proc/meminfo
if [ "${kib:-0}" -gt 8388608 ]; then kib=8388608; fi
if [ "${kib:-0}" -gt 0 ]; then options="$options -Xmx$((kib * 3 / 8))k"; fi
