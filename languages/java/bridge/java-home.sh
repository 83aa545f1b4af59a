# Sets JAVA_HOME: OpenJDK 17, which the bridge is made for, wherever Debian has put it.
for JAVA_HOME in /usr/lib/jvm/java-17-openjdk-*; do
    [ ! -x "$JAVA_HOME/bin/javac" ] || break
done
export JAVA_HOME
