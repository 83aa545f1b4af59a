package algorist.bridge;

import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.lang.reflect.Type;

/**
 * The gson that the algorithm brings, by reflection: the old platform converted values with it, so what an old algorithm
 * gets from it must come from its own. Set up as there: nulls are kept, nothing is escaped for HTML, and NaN is a text.
 */
final class Gson {
    private static final String PACKAGE = "com.google.gson.";
    private final Object gson;
    private final Method fromElement;
    private final Method toText;
    private final Object parser;
    private final Method parse;

    private Gson(ClassLoader loader) throws ReflectiveOperationException {
        Class<?> gsonClass = loader.loadClass(PACKAGE + "Gson");
        Class<?> element = loader.loadClass(PACKAGE + "JsonElement");
        gson = build(loader);
        fromElement = gsonClass.getMethod("fromJson", element, Type.class);
        toText = gsonClass.getMethod("toJson", Object.class, Type.class);
        Class<?> parserClass = loader.loadClass(PACKAGE + "JsonParser");
        parser = parserClass.getConstructor().newInstance();
        parse = parserClass.getMethod("parse", String.class);
    }

    /** The one that `loader` finds; null when there is none. */
    static Gson of(ClassLoader loader) {
        try {
            return new Gson(loader);
        } catch (ReflectiveOperationException | LinkageError none) {
            return null;
        }
    }

    /** Whether `value` is a tree of some gson, whose text is JSON. */
    static boolean isElement(Object value) {
        for (Class<?> type = value.getClass(); type != null; type = type.getSuperclass()) {
            if (isElementType(type)) return true;
        }
        return false;
    }

    static boolean isElementType(Class<?> type) {
        String name = type.getName();
        return name.startsWith(PACKAGE) && (name.equals(PACKAGE + "JsonElement")
            || type.getSuperclass() != null && type.getSuperclass().getName().equals(PACKAGE + "JsonElement"));
    }

    /** @throws RuntimeException gson's own, for what does not fit the type */
    Object read(String json, Type type) {
        try {
            return fromElement.invoke(gson, parse.invoke(parser, json), type);
        } catch (ReflectiveOperationException error) {
            throw rethrown(error);
        }
    }

    String write(Object value, Type type) {
        try {
            return (String) toText.invoke(gson, value, type);
        } catch (ReflectiveOperationException error) {
            throw rethrown(error);
        }
    }

    private static RuntimeException rethrown(ReflectiveOperationException error) {
        Throwable cause = Errors.unwrap(error);
        if (cause instanceof RuntimeException own) return own;
        if (cause instanceof Error own) throw own;
        return new IllegalStateException(cause);
    }

    private static Object build(ClassLoader loader) throws ReflectiveOperationException {
        Class<?> builderClass = loader.loadClass(PACKAGE + "GsonBuilder");
        Object builder = builderClass.getConstructor().newInstance();
        for (String option : new String[] {"serializeNulls", "disableHtmlEscaping", "serializeSpecialFloatingPointValues"}) {
            builderClass.getMethod(option).invoke(builder);
        }
        Method register = builderClass.getMethod("registerTypeAdapter", Type.class, Object.class);
        Object numbers = numberWriter(loader);
        for (Type type : new Type[] {double.class, Double.class, float.class, Float.class}) {
            register.invoke(builder, type, numbers);
        }
        return builderClass.getMethod("create").invoke(builder);
    }

    private static Object numberWriter(ClassLoader loader) throws ReflectiveOperationException {
        Class<?> primitive = loader.loadClass(PACKAGE + "JsonPrimitive");
        var ofNumber = primitive.getConstructor(Number.class);
        var ofText = primitive.getConstructor(String.class);
        Class<?>[] types = {loader.loadClass(PACKAGE + "JsonSerializer")};
        return Proxy.newProxyInstance(loader, types, (proxy, method, arguments) -> {
            Number value = (Number) arguments[0];
            return Double.isFinite(value.doubleValue()) ? ofNumber.newInstance(value) : ofText.newInstance(value.toString());
        });
    }
}
