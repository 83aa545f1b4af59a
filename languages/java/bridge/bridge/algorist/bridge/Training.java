package algorist.bridge;

import java.nio.file.Path;
import java.util.jar.JarFile;

/** Loads what workers load, for the archive that compile.sh makes. */
public final class Training {
    private Training() {}

    public static void main(String[] arguments) throws Throwable {
        try (JarFile jar = new JarFile(System.getProperty("java.class.path").split(":", 2)[0])) {
            for (var entry : jar.stream().toList()) {
                String path = entry.getName();
                boolean isOurs = path.startsWith("algorist/") && path.endsWith(".class");
                if (isOurs) load(path.substring(0, path.length() - ".class".length()).replace('/', '.'));
            }
        }
        WarmUp.run();
        Path folder = Path.of(arguments[0]);
        var classPath = ClassPath.of(folder);
        ClassLoader loader = ClassPath.loader(classPath);
        try {
            Entry.find(Names.of(folder), classPath, loader);
        } catch (ClassNotFoundException expected) {
            Errors.describe(expected, "LoadingError");
        }
        answer(new OldAlgorithm(new Example(), Example.class, Converter.old(loader)));
        answer(TypedAlgorithm.load(new Example(), Converter.modern(loader)));
    }

    private static void answer(Algorithm algorithm) throws Throwable {
        algorithm.apply(new Input('t', "text".getBytes()));
        algorithm.apply(new Input('j', "\"text\"".getBytes()));
    }

    private static void load(String name) {
        try {
            Class.forName(name);
        } catch (Throwable error) {
            // A class of a module that is not there at every start.
        }
    }

    /** Something to call. */
    public static final class Example {
        public String apply(String text) {
            return text;
        }
    }
}
