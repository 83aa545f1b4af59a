package algorist.bridge;

import com.algorithmia.development.AbstractAlgorithm;
import java.lang.reflect.InvocationTargetException;
import java.nio.file.Path;
import java.util.List;

/** Loads an algorithm that was written in Java, in whichever way ({@link Entry.Kind}). */
public final class JavaLoader implements Loader {
    @Override
    public Algorithm load(Path folder) throws Throwable {
        List<Path> classPath = ClassPath.of(folder);
        ClassLoader loader = ClassPath.loader(classPath);
        Thread.currentThread().setContextClassLoader(loader);
        return load(Entry.find(Names.of(folder), classPath, loader), loader);
    }

    /** @throws Throwable what its code throws when it is made */
    static Algorithm load(Entry entry, ClassLoader loader) throws Throwable {
        Class<?> type = entry.type();
        return switch (entry.kind()) {
            case OLD -> new OldAlgorithm(Objects.newPublic(type), type, Converter.old(loader));
            case TYPED -> TypedAlgorithm.load(Objects.newPublic(type), Converter.modern(loader));
            case HANDLER -> HandlerAlgorithm.load((AbstractAlgorithm<?, ?>) Objects.newPublic(type));
            case MAIN -> runMain(type);
        };
    }

    /** Serves from inside, and does not return when all is well. */
    private static Algorithm runMain(Class<?> type) throws Throwable {
        try {
            type.getMethod("main", String[].class).invoke(null, (Object) new String[0]);
        } catch (InvocationTargetException error) {
            throw error.getCause();
        }
        throw new IllegalStateException("main of " + type.getName()
            + " ended without serving an algorithm; expected new Handler<>(new " + type.getSimpleName() + "()).serve()");
    }

    /** Loads the classes that every algorithm needs. */
    static void warmUp() {
        Converter.modern(JavaLoader.class.getClassLoader());
        for (Class<?> type : new Class<?>[] {Entry.class, Jars.class, OldAlgorithm.class, TypedAlgorithm.class, HandlerAlgorithm.class}) {
            try {
                Class.forName(type.getName());
            } catch (ClassNotFoundException error) {
                throw new IllegalStateException(error);
            }
        }
    }
}
