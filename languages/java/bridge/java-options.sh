# Options of every virtual machine of ours, in $options. Without a log it is silent about an archive that does not fit, which
# then is not used. Old libraries reach into Java's own classes, and so does the bridge, for descriptors and variables.
options="-Xlog:disable -Xshare:auto -XX:+UseSerialGC -XX:-UsePerfData -Xms16m -Xss2m -Dfile.encoding=UTF-8 -Djava.awt.headless=true"
for package in lang lang.invoke lang.reflect io math net nio text time util util.concurrent util.regex; do
    options="$options --add-opens=java.base/java.$package=ALL-UNNAMED"
done
