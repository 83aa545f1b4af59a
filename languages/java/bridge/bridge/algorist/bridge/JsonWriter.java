package algorist.bridge;

import java.io.File;
import java.lang.reflect.Array;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.file.Path;
import java.time.ZoneId;
import java.time.temporal.TemporalAccessor;
import java.time.temporal.TemporalAmount;
import java.util.Base64;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * Writes author's values as JSON: maps, collections, arrays, records and the fields of other objects, in their order, with
 * nulls. Bytes are base64; enums, times and addresses are their text. Not a number is an error that says where it is.
 */
public class JsonWriter {
    private static final int MAX_DEPTH = 512;
    private final StringBuilder out = new StringBuilder();
    private final StringBuilder path = new StringBuilder("result");
    private int depth = 0;

    /** @throws IllegalArgumentException saying what cannot be written, and where it is */
    public final String write(Object value) {
        out.setLength(0);
        any(value);
        return out.toString();
    }

    /** What stands for a value of another language's own kind; the value itself when nothing does. */
    protected Object replace(Object value) {
        return value;
    }

    /** What is written for NaN and the infinities: without one they are an error. */
    protected String notANumber(Number value) {
        throw new IllegalArgumentException(
            "result contains NaN or Infinity, which JSON cannot carry (at " + path + ")");
    }

    private void any(Object given) {
        Object value = replace(given);
        if (value == null || value instanceof Boolean) out.append(value);
        else if (value instanceof CharSequence || value instanceof Character) Json.quote(value.toString(), out);
        else if (value instanceof Number number) number(number);
        else if (value instanceof Optional<?> optional) any(optional.orElse(null));
        else if (value instanceof byte[] bytes) Json.quote(Base64.getEncoder().encodeToString(bytes), out);
        else if (isWrittenAsText(value)) Json.quote(textOf(value), out);
        else if (Gson.isElement(value)) out.append(value);
        else nested(value);
    }

    private void number(Number value) {
        boolean isDouble = value instanceof Double || value instanceof Float;
        if (isDouble && !Double.isFinite(value.doubleValue())) out.append(notANumber(value));
        else if (isDouble || isExact(value)) out.append(value);
        else out.append(new BigDecimal(value.toString()));
    }

    private static boolean isExact(Number value) {
        return value instanceof Integer || value instanceof Long || value instanceof JsonNumber
            || value instanceof BigInteger || value instanceof BigDecimal;
    }

    private static boolean isWrittenAsText(Object value) {
        return value instanceof Enum || value instanceof TemporalAccessor || value instanceof TemporalAmount
            || value instanceof ZoneId || value instanceof UUID || value instanceof java.net.URI
            || value instanceof java.net.URL || value instanceof Path || value instanceof File;
    }

    private static String textOf(Object value) {
        return value instanceof Enum<?> constant ? constant.name() : value.toString();
    }

    private void nested(Object value) {
        if (++depth > MAX_DEPTH) throw notSerializable(value, "it holds itself, or more than " + MAX_DEPTH + " levels");
        if (value instanceof Map<?, ?> map) members(map.entrySet().iterator());
        else if (value instanceof Iterable<?> items) items(items.iterator());
        else if (value instanceof java.util.stream.BaseStream<?, ?> stream) items(stream.iterator());
        else if (value.getClass().isArray()) array(value);
        else fields(value);
        depth--;
    }

    private void members(Iterator<? extends Map.Entry<?, ?>> members) {
        out.append('{');
        while (members.hasNext()) {
            var member = members.next();
            member(textOfName(member.getKey()), member.getValue());
            if (members.hasNext()) out.append(',');
        }
        out.append('}');
    }

    private static String textOfName(Object name) {
        return name instanceof Enum<?> constant ? constant.name() : String.valueOf(name);
    }

    private void member(String name, Object value) {
        int length = path.length();
        Json.quote(name, out);
        out.append(':');
        path.append('.').append(name);
        any(value);
        path.setLength(length);
    }

    private void items(Iterator<?> items) {
        int length = path.length();
        out.append('[');
        for (int index = 0; items.hasNext(); index++) {
            path.append('[').append(index).append(']');
            any(items.next());
            path.setLength(length);
            if (items.hasNext()) out.append(',');
        }
        out.append(']');
    }

    private void array(Object array) {
        int length = path.length();
        int size = Array.getLength(array);
        out.append('[');
        for (int index = 0; index < size; index++) {
            if (index > 0) out.append(',');
            path.append('[').append(index).append(']');
            any(Array.get(array, index));
            path.setLength(length);
        }
        out.append(']');
    }

    private void fields(Object value) {
        if (value.getClass().getName().startsWith("java.") || value instanceof Class) throw notSerializable(value, null);
        out.append('{');
        boolean isFirst = true;
        for (var field : Fields.of(value.getClass())) {
            if (!isFirst) out.append(',');
            isFirst = false;
            member(field.name(), field.get(value));
        }
        out.append('}');
    }

    private IllegalArgumentException notSerializable(Object value, String why) {
        String reason = why == null ? "" : ": " + why;
        return new IllegalArgumentException(
            "Object of type " + value.getClass().getName() + " is not JSON serializable (at " + shortPath() + ")" + reason);
    }

    private String shortPath() {
        return path.length() <= 200 ? path.toString() : path.substring(0, 200) + "…";
    }
}
