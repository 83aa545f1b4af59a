package algorist.bridge;

import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.util.Map;

/** The process's variables as Java has them, for a worker that gets its own when it runs already. */
final class Variables {
    private Variables() {}

    /**
     * Makes `variables` all there are, for System.getenv and for child processes. Java keeps a copy of its own, which
     * `--add-opens java.base/java.lang` lets us change.
     */
    @SuppressWarnings("unchecked")
    static void replace(Map<String, String> variables) {
        try {
            Class<?> environment = Class.forName("java.lang.ProcessEnvironment");
            Field known = environment.getDeclaredField("theEnvironment");
            known.setAccessible(true);
            var map = (Map<Object, Object>) known.get(null);
            Method name = valueOf("java.lang.ProcessEnvironment$Variable");
            Method value = valueOf("java.lang.ProcessEnvironment$Value");
            map.clear();
            for (var entry : variables.entrySet()) {
                map.put(name.invoke(null, entry.getKey()), value.invoke(null, entry.getValue()));
            }
        } catch (ReflectiveOperationException error) {
            throw new IllegalStateException("the variables cannot be set", error);
        }
    }

    private static Method valueOf(String type) throws ReflectiveOperationException {
        Method method = Class.forName(type).getDeclaredMethod("valueOf", String.class);
        method.setAccessible(true);
        return method;
    }
}
