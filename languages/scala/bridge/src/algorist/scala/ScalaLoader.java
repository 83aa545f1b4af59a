package algorist.scala;

import algorist.bridge.Algorithm;
import algorist.bridge.ClassPath;
import algorist.bridge.Entry;
import algorist.bridge.Loader;
import algorist.bridge.Names;
import algorist.bridge.OldAlgorithm;
import java.lang.reflect.InvocationTargetException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Loads an algorithm that was written in Scala: `algorithmia.NAME.NAME` as the old platform did (runtime.md 3.6), a `main` that
 * serves a handler (3.8), or an object or class NAME of any package. Each may be a class or an object.
 */
final class ScalaLoader implements Loader {
    /** What the build wrote: the class whose `main` serves a handler. */
    private static final Path MAIN = Path.of(".algorist", "main");

    @Override
    public Algorithm load(Path folder) throws Throwable {
        var classPath = ClassPath.of(folder);
        ClassLoader loader = ClassPath.loader(classPath);
        Thread.currentThread().setContextClassLoader(loader);
        Path main = folder.resolve(MAIN);
        if (Files.exists(main)) return runMain(loader.loadClass(Files.readString(main)));
        Entry entry = find(Names.of(folder), classPath, loader);
        Object instance = Instances.of(entry.type());
        if (entry.kind() == Entry.Kind.OLD) return loadOld(instance, loader);
        return TypedAlgorithm.load(instance, new ScalaConverter(loader, false));
    }

    /** `load` did not exist there, and a method of that name was never called. */
    private static Algorithm loadOld(Object instance, ClassLoader loader) {
        return new OldAlgorithm(instance, instance.getClass(), new ScalaConverter(loader, true));
    }

    /** @throws ClassNotFoundException naming what was looked for, with Scala's folders and endings */
    private static Entry find(Names names, java.util.List<Path> classPath, ClassLoader loader) throws ClassNotFoundException {
        try {
            return Entry.find(names, classPath, loader);
        } catch (ClassNotFoundException error) {
            String message = error.getMessage().replace("src/main/java/", "src/main/scala/").replace(".java,", ".scala,");
            throw new ClassNotFoundException(message.replace(" a class ", " an object or class "));
        }
    }

    /** Serves from inside, and does not return when all is well. */
    private static Algorithm runMain(Class<?> type) throws Throwable {
        try {
            type.getMethod("main", String[].class).invoke(null, (Object) new String[0]);
        } catch (InvocationTargetException error) {
            throw error.getCause();
        }
        throw new IllegalStateException("main of " + type.getName()
            + " ended without serving an algorithm; expected Algorithmia.handler(new Algorithm).serve()");
    }
}
