package algorist.scala;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Calls methods of Scala's library by their names, which all its versions share. */
final class Calls {
    private record Name(Class<?> owner, String method, int count) {}

    private static final Map<Name, Method> KNOWN = new ConcurrentHashMap<>();

    private Calls() {}

    /** @throws RuntimeException what it throws */
    static Object call(Object owner, String name, Object... arguments) {
        Method method = KNOWN.computeIfAbsent(new Name(owner.getClass(), name, arguments.length), Calls::find);
        try {
            return method.invoke(owner, arguments);
        } catch (InvocationTargetException error) {
            if (error.getCause() instanceof RuntimeException own) throw own;
            throw new IllegalStateException(error.getCause());
        } catch (IllegalAccessException error) {
            throw new IllegalStateException(error);
        }
    }

    private static Method find(Name wanted) {
        for (Method method : wanted.owner().getMethods()) {
            boolean isWanted = method.getName().equals(wanted.method()) && method.getParameterCount() == wanted.count();
            if (!isWanted) continue;
            method.setAccessible(true);
            return method;
        }
        throw new IllegalStateException(wanted.owner().getName() + " has no " + wanted.method());
    }
}
