package algorist.scala;

import java.util.jar.JarFile;

/** Loads what workers load, for the archive that compile.sh makes: Java's bridge, and then ours. */
public final class Training {
    private Training() {}

    public static void main(String[] arguments) throws Throwable {
        algorist.bridge.Training.main(arguments);
        try (JarFile jar = new JarFile(System.getProperty("java.class.path").split(":")[1])) {
            for (var entry : jar.stream().toList()) {
                String path = entry.getName();
                if (path.endsWith(".class")) Class.forName(path.substring(0, path.length() - ".class".length()).replace('/', '.'));
            }
        }
    }
}
