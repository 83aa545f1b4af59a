package algorist.scala;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Modifier;

/** The one instance of an algorithm: Scala's object of that name, or an instance of the class. */
final class Instances {
    private Instances() {}

    /** @throws Throwable what the algorithm's own code throws when it is made */
    static Object of(Class<?> type) throws Throwable {
        try {
            if (hasConstructor(type)) return type.getConstructor().newInstance();
        } catch (InvocationTargetException error) {
            throw error.getCause();
        }
        Object module = moduleOf(type);
        if (module != null) return module;
        throw new IllegalArgumentException(type.getName() + " must be an object, or a class with a public constructor without parameters");
    }

    private static boolean hasConstructor(Class<?> type) {
        if (Modifier.isAbstract(type.getModifiers())) return false;
        for (var constructor : type.getConstructors()) if (constructor.getParameterCount() == 0) return true;
        return false;
    }

    /** The object that accompanies `type` or stands behind it; null when there is none. */
    static Object moduleOf(Class<?> type) {
        String name = type.getName().endsWith("$") ? type.getName() : type.getName() + "$";
        try {
            return Class.forName(name, true, type.getClassLoader()).getField("MODULE$").get(null);
        } catch (ReflectiveOperationException none) {
            return null;
        }
    }
}
