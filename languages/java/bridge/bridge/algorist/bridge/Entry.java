package algorist.bridge;

import java.lang.reflect.Method;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** The class that an algorithm begins with, and in which of the ways it is written. Finding it runs none of its code. */
public record Entry(Kind kind, Class<?> type) {
    /** How it is called. */
    public enum Kind {
        /** `algorithmia.NAME.NAME` with any `apply` (runtime.md 3.6). */
        OLD,
        /** A `main` that serves a handler (runtime.md 3.7). */
        MAIN,
        /** A class that extends AbstractAlgorithm, without a `main` that is named in a manifest. */
        HANDLER,
        /** Any other class of that name with `apply`: the modern way. */
        TYPED
    }

    /** @throws ClassNotFoundException naming the classes that were looked for */
    public static Entry find(Names names, List<Path> classPath, ClassLoader loader) throws ClassNotFoundException {
        Set<String> old = oldNames(names);
        for (String name : old) {
            Class<?> type = load(loader, name);
            if (type != null) return new Entry(isHandler(type) ? Kind.HANDLER : Kind.OLD, type);
        }
        Jars jars = Jars.read(classPath);
        for (String name : jars.mainClasses()) {
            Class<?> type = load(loader, name);
            if (type != null && hasMain(type)) return new Entry(Kind.MAIN, type);
        }
        for (String name : names.algorithms()) {
            for (String className : jars.classesNamed(name)) {
                Class<?> type = load(loader, className);
                if (type != null && isHandler(type)) return new Entry(Kind.HANDLER, type);
                if (type != null && hasApply(type)) return new Entry(Kind.TYPED, type);
            }
        }
        throw new ClassNotFoundException(notFound(old, names));
    }

    private static Set<String> oldNames(Names names) {
        Set<String> found = new LinkedHashSet<>();
        String author = System.getenv("ALGORITHMIA_ALGORITHM_AUTHOR_NAME");
        for (String name : names.algorithms()) {
            String twice = name + "." + name;
            if (author != null && !author.isEmpty()) found.add("algorithmia." + author + "." + twice);
            found.add("algorithmia." + twice);
            if (names.author() != null) found.add("algorithmia." + names.author() + "." + twice);
        }
        return found;
    }

    private static String notFound(Set<String> old, Names names) {
        List<String> wanted = new ArrayList<>(old);
        if (wanted.size() > 1) wanted.remove("algorithmia.Algorithm.Algorithm");
        return "Algorithm class not found. Name must match: " + String.join(" or ", wanted)
            + "\nThe names come from algoname in algorithmia.conf and from the algorithm's own name. Expected the class in src/main/java/"
            + wanted.get(0).replace('.', '/') + ".java, a class " + String.join(" or ", names.algorithms())
            + " of any package with a public apply, or a jar whose manifest names a Main-Class that serves a handler";
    }

    private static Class<?> load(ClassLoader loader, String name) {
        try {
            return Class.forName(name, false, loader);
        } catch (ClassNotFoundException none) {
            return null;
        }
    }

    static boolean isHandler(Class<?> type) {
        return com.algorithmia.development.AbstractAlgorithm.class.isAssignableFrom(type);
    }

    private static boolean hasMain(Class<?> type) {
        try {
            return type.getMethod("main", String[].class) != null;
        } catch (NoSuchMethodException none) {
            return false;
        }
    }

    private static boolean hasApply(Class<?> type) {
        for (Method method : type.getMethods()) if (method.getName().equals("apply")) return true;
        return false;
    }
}
