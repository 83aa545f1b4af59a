package algorist.bridge;

import java.lang.reflect.Method;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** One `apply` of the old platform's Java: its keys, and how values become its arguments (runtime.md 3.6). */
record OldMethod(Method method, String key, boolean acceptsJson, boolean returnsJson) {
    /** In the order in which methods with the same key are tried; other types come last. */
    private static final List<Class<?>> ORDER = List.of(
        Double.class, Float.class, Long.class, Integer.class, Short.class, String.class, Character.class, Byte.class,
        Boolean.class, byte[].class);

    static List<OldMethod> all(Class<?> type) {
        List<OldMethod> found = new ArrayList<>();
        for (Method method : type.getMethods()) {
            if (method.getName().equals("apply") && !method.isBridge()) found.add(of(method));
        }
        found.sort(OldMethod::compare);
        return found;
    }

    private static OldMethod of(Method method) {
        method.setAccessible(true);
        StringBuilder key = new StringBuilder();
        for (Class<?> parameter : method.getParameterTypes()) key.append(tokenOf(parameter));
        boolean acceptsJson = Members.hasAnnotation(method, "AcceptsJson");
        return new OldMethod(method, key.toString(), acceptsJson, Members.hasAnnotation(method, "ReturnsJson"));
    }

    private static int compare(OldMethod one, OldMethod other) {
        Class<?>[] left = one.method.getParameterTypes();
        Class<?>[] right = other.method.getParameterTypes();
        for (int index = 0; index < Math.min(left.length, right.length); index++) {
            int difference = Comparator.<Integer>naturalOrder().compare(rank(left[index]), rank(right[index]));
            if (difference != 0) return difference;
        }
        return one.method.toGenericString().compareTo(other.method.toGenericString());
    }

    private static int rank(Class<?> type) {
        int rank = ORDER.indexOf(Scalars.boxed(type));
        return rank < 0 ? ORDER.size() : rank;
    }

    private static String tokenOf(Class<?> given) {
        Class<?> type = Scalars.boxed(given);
        if (Number.class.isAssignableFrom(type)) return "Number-";
        if (type == Boolean.class) return "Boolean-";
        if (type == Character.class || type == String.class) return "String-";
        return type == byte[].class ? "Bytes-" : "Object-";
    }

    static String tokenOf(Object json) {
        if (json instanceof Number) return "Number-";
        if (json instanceof Boolean) return "Boolean-";
        return json instanceof String ? "String-" : "Object-";
    }

    int count() {
        return method.getParameterCount();
    }

    /** Arguments from as many values; typed as their kinds, or all by gson. @throws RuntimeException for what does not fit */
    Object[] convert(List<?> values, boolean isTyped, Converter converter) {
        if (values.size() != count()) throw new IllegalArgumentException("apply takes " + count() + " arguments");
        Class<?>[] types = method.getParameterTypes();
        Type[] generics = converter.parametersOf(method);
        Object[] arguments = new Object[types.length];
        for (int index = 0; index < types.length; index++) {
            Object value = values.get(index);
            if (value instanceof byte[]) arguments[index] = bytes(value, types[index], generics[index], converter);
            else if (isTyped) arguments[index] = typed(value, types[index], generics[index], converter);
            else arguments[index] = converter.read(value, generics[index]);
            if (arguments[index] == null && types[index].isPrimitive()) throw Binder.expected(types[index], null);
        }
        return arguments;
    }

    private static Object bytes(Object value, Class<?> type, Type generic, Converter converter) {
        return type == byte[].class ? value : converter.read(java.util.Base64.getEncoder().encodeToString((byte[]) value), generic);
    }

    private static Object typed(Object json, Class<?> given, Type generic, Converter converter) {
        Class<?> type = Scalars.boxed(given);
        if (json instanceof Number number && ORDER.contains(type) && Number.class.isAssignableFrom(type)) return narrowed(number, type);
        if (type == String.class && json != null) return json instanceof String text ? text : Json.write(json);
        boolean isOurs = json != null && (type == Boolean.class || type == Character.class);
        if (isOurs) return Scalars.bind(json, type);
        if (type == byte[].class && json instanceof String text) return java.util.Base64.getMimeDecoder().decode(text);
        return converter.read(json, generic);
    }

    /** Cut off, not rounded: 1.7 is 1. */
    private static Object narrowed(Number number, Class<?> type) {
        if (type == Integer.class) return number.intValue();
        if (type == Long.class) return number.longValue();
        if (type == Short.class) return number.shortValue();
        if (type == Byte.class) return number.byteValue();
        if (type == Float.class) return number.floatValue();
        return number.doubleValue();
    }

    Answer answer(Object returned, Converter converter) throws Exception {
        Answer answer = converter.answer(returned, method.getGenericReturnType());
        return returnsJson && returned instanceof String text ? parsed(text) : answer;
    }

    /** Text of a method with `@ReturnsJson` is JSON (7-J). */
    private static Answer parsed(String text) {
        try {
            return Answer.json(Json.write(Json.parse(text)));
        } catch (IllegalArgumentException error) {
            throw new ParsingError("apply has @ReturnsJson, but what it returned is " + error.getMessage());
        }
    }

    /** Its type is one of those that the platform documents. */
    public static final class ParsingError extends RuntimeException {
        private static final long serialVersionUID = 1;
        public final transient String error_type = "ParsingError";

        ParsingError(String message) {
            super(message);
        }
    }
}
