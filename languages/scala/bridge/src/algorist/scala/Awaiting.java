package algorist.scala;

import java.lang.reflect.InvocationTargetException;

/** What stands for a result that is not there yet, or may have failed: Scala's Future and Try. */
final class Awaiting {
    private Awaiting() {}

    /** The value itself once it is there. @throws Throwable what it failed with */
    static Object result(Object returned) throws Throwable {
        if (returned == null) return null;
        Class<?> type = returned.getClass();
        if (Kinds.is(type, "scala.util.Try")) return result(call(type.getMethod("get"), returned));
        if (!Kinds.is(type, "scala.concurrent.Future")) return returned;
        ClassLoader loader = type.getClassLoader();
        Object forever = call(loader.loadClass("scala.concurrent.duration.Duration$").getMethod("Inf"),
            Instances.moduleOf(loader.loadClass("scala.concurrent.duration.Duration")));
        Class<?> await = loader.loadClass("scala.concurrent.Await");
        for (var method : await.getMethods()) {
            if (method.getName().equals("result")) return result(call(method, null, returned, forever));
        }
        throw new IllegalStateException("this Scala cannot wait for a Future");
    }

    private static Object call(java.lang.reflect.Method method, Object owner, Object... arguments) throws Throwable {
        try {
            method.setAccessible(true);
            return method.invoke(owner, arguments);
        } catch (InvocationTargetException error) {
            throw error.getCause();
        }
    }
}
