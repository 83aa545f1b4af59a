package algorist.bridge;

import java.lang.reflect.AnnotatedElement;

/** Public members of author's objects, by name. */
final class Members {
    private Members() {}

    /** The public field or method without parameters of that name; null when there is none that can be read. */
    static Object read(Object owner, String name) {
        try {
            var field = owner.getClass().getField(name);
            field.setAccessible(true);
            return field.get(owner);
        } catch (Throwable noField) {
            return call(owner, name);
        }
    }

    private static Object call(Object owner, String name) {
        try {
            var method = owner.getClass().getMethod(name);
            method.setAccessible(true);
            return method.invoke(owner);
        } catch (Throwable noMethod) {
            return null;
        }
    }

    /** By the name of the annotation's type, since there are several packages that bring it. */
    static boolean hasAnnotation(AnnotatedElement element, String simpleName) {
        for (var annotation : element.getAnnotations()) {
            if (annotation.annotationType().getSimpleName().equals(simpleName)) return true;
        }
        return false;
    }
}
