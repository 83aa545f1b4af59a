package algorist.bridge;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Values that one JSON scalar makes: numbers, text, enums and what a text stands for. */
final class Scalars {
    private static final Map<Class<?>, Class<?>> BOXES = Map.of(
        int.class, Integer.class, long.class, Long.class, short.class, Short.class, byte.class, Byte.class,
        double.class, Double.class, float.class, Float.class, boolean.class, Boolean.class, char.class, Character.class);
    private static final List<Class<?>> OF_TEXT = List.of(UUID.class, java.net.URI.class, java.nio.file.Path.class, java.io.File.class);

    private Scalars() {}

    static Class<?> boxed(Class<?> type) {
        return BOXES.getOrDefault(type, type);
    }

    static boolean isScalar(Class<?> type) {
        return type.isPrimitive() || Number.class.isAssignableFrom(type) || type.isEnum() || CharSequence.class.isAssignableFrom(type)
            || BOXES.containsValue(type) || OF_TEXT.contains(type) || isTime(type);
    }

    private static boolean isTime(Class<?> type) {
        return type.getName().startsWith("java.time.") && !type.isInterface();
    }

    static Object bind(Object json, Class<?> given) {
        Class<?> type = boxed(given);
        if (json instanceof List || json instanceof Map) {
            String wanted = CharSequence.class.isAssignableFrom(type) ? "STRING" : type.getSimpleName();
            throw new IllegalArgumentException("Expected " + wanted + " but was " + Binder.shapeOf(json));
        }
        if (type == String.class || type == CharSequence.class) return json.toString();
        if (type == StringBuilder.class) return new StringBuilder(json.toString());
        if (type == Boolean.class) return bool(json);
        if (type == Character.class) return character(json);
        if (type.isEnum()) return constant(json, type);
        return Number.class.isAssignableFrom(type) ? number(json, type) : ofText(json, type);
    }

    private static Boolean bool(Object json) {
        if (json instanceof Boolean value) return value;
        if (json instanceof String text) return Boolean.parseBoolean(text);
        throw Binder.expected(Boolean.class, json);
    }

    private static Character character(Object json) {
        if (json instanceof String text && text.length() == 1) return text.charAt(0);
        throw new IllegalArgumentException("Expected a text of one character but was " + Json.write(json));
    }

    private static Object constant(Object json, Class<?> type) {
        for (Object constant : type.getEnumConstants()) {
            if (((Enum<?>) constant).name().equals(json)) return constant;
        }
        throw new IllegalArgumentException(
            "Expected one of " + List.of(type.getEnumConstants()) + " but was " + Json.write(json));
    }

    private static Object number(Object json, Class<?> type) {
        if (json instanceof Boolean) throw Binder.expected(type, json);
        BigDecimal exact;
        try {
            if (type == Double.class) return Double.valueOf(json.toString());
            if (type == Float.class) return Float.valueOf(json.toString());
            exact = new BigDecimal(json.toString().trim());
            if (type == Number.class) return json instanceof JsonNumber number ? number.exact() : exact;
            if (type == BigDecimal.class) return exact;
            BigInteger whole = exact.toBigIntegerExact();
            if (type == BigInteger.class) return whole;
            if (type == Integer.class) return whole.intValueExact();
            if (type == Long.class) return whole.longValueExact();
            if (type == Short.class) return whole.shortValueExact();
            if (type == Byte.class) return whole.byteValueExact();
        } catch (ArithmeticException | NumberFormatException error) {
            throw new IllegalArgumentException("Expected " + type.getSimpleName() + " but was " + Json.write(json), error);
        }
        throw Binder.expected(type, json);
    }

    /** Types that make themselves of a text: `parse(CharSequence)`, `of`, `fromString`, `create` or a constructor. */
    private static Object ofText(Object json, Class<?> type) {
        String text = json.toString();
        try {
            if (type == UUID.class) return UUID.fromString(text);
            if (type == java.net.URI.class) return java.net.URI.create(text);
            if (type == java.nio.file.Path.class) return java.nio.file.Path.of(text);
            if (type == java.io.File.class) return new java.io.File(text);
            if (type == java.time.ZoneId.class) return java.time.ZoneId.of(text);
            return type.getMethod("parse", CharSequence.class).invoke(null, text);
        } catch (ReflectiveOperationException | RuntimeException error) {
            throw new IllegalArgumentException("Expected " + type.getSimpleName() + " but was " + Json.write(json), error);
        }
    }
}
