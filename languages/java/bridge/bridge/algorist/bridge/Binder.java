package algorist.bridge;

import java.lang.reflect.Array;
import java.lang.reflect.GenericArrayType;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.lang.reflect.WildcardType;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Makes values of Java types from parsed JSON ({@link Json#parse}): boxes and primitives, text, big numbers, enums, times,
 * Optional, arrays, collections, maps, records and other classes by their fields.
 */
public class Binder {
    private final boolean untypedAreDoubles;

    /**
     * @param untypedAreDoubles numbers that no type is asked of are doubles, as on the old platform; otherwise Long,
     *     BigInteger or BigDecimal, so that they keep their digits
     */
    public Binder(boolean untypedAreDoubles) {
        this.untypedAreDoubles = untypedAreDoubles;
    }

    /** @throws IllegalArgumentException saying what was expected and what was there */
    public Object bind(Object json, Type type) {
        if (type instanceof Class<?> plain) return bindClass(json, plain, new Type[0]);
        if (type instanceof ParameterizedType generic) {
            return bindClass(json, (Class<?>) generic.getRawType(), generic.getActualTypeArguments());
        }
        if (type instanceof WildcardType wildcard) return bind(json, wildcard.getUpperBounds()[0]);
        if (type instanceof TypeVariable<?> variable) return bind(json, variable.getBounds()[0]);
        if (type instanceof GenericArrayType array) return array(json, array.getGenericComponentType());
        throw new IllegalArgumentException("no value can be made of type " + type);
    }

    /** A value of `type` with these type arguments; a language overrides it for kinds of its own. */
    protected Object bindClass(Object json, Class<?> type, Type[] arguments) {
        if (type == Optional.class) return Optional.ofNullable(json == null ? null : bind(json, argument(arguments, 0)));
        if (json == null) {
            if (type.isPrimitive()) throw expected(type, null);
            return null;
        }
        if (type == Object.class) return untyped(json);
        if (type == byte[].class && json instanceof String text) return base64(text);
        if (type.isArray()) return array(json, type.getComponentType());
        if (Scalars.isScalar(type)) return Scalars.bind(json, type);
        if (Collection.class.isAssignableFrom(type) || type == Iterable.class) return collection(json, type, arguments);
        if (Map.class.isAssignableFrom(type)) return map(json, type, arguments);
        if (json instanceof Map<?, ?> members) return Objects.make(this, members, type);
        throw expected(type, json);
    }

    private static Type argument(Type[] arguments, int index) {
        return index < arguments.length ? arguments[index] : Object.class;
    }

    private Object untyped(Object json) {
        if (json instanceof JsonNumber number) return untypedAreDoubles ? (Number) number.doubleValue() : number.exact();
        if (json instanceof List<?> items) {
            List<Object> list = new ArrayList<>(items.size());
            for (Object item : items) list.add(item == null ? null : untyped(item));
            return list;
        }
        if (json instanceof Map<?, ?> members) {
            Map<Object, Object> map = new LinkedHashMap<>();
            members.forEach((name, value) -> map.put(name, value == null ? null : untyped(value)));
            return map;
        }
        return json;
    }

    private Object array(Object json, Type component) {
        if (!(json instanceof List<?> items)) throw expectedShape("ARRAY", json);
        Object array = Array.newInstance(rawType(component), items.size());
        for (int index = 0; index < items.size(); index++) Array.set(array, index, bind(items.get(index), component));
        return array;
    }

    private Object collection(Object json, Class<?> type, Type[] arguments) {
        if (!(json instanceof List<?> items)) throw expectedShape("ARRAY", json);
        Collection<Object> collection = Objects.newCollection(type);
        for (Object item : items) collection.add(bind(item, argument(arguments, 0)));
        return collection;
    }

    private Object map(Object json, Class<?> type, Type[] arguments) {
        if (!(json instanceof Map<?, ?> members)) throw expectedShape("OBJECT", json);
        Map<Object, Object> map = Objects.newMap(type);
        members.forEach((name, value) -> map.put(bind(name, argument(arguments, 0)), bind(value, argument(arguments, 1))));
        return map;
    }

    private static byte[] base64(String text) {
        return Base64.getMimeDecoder().decode(text);
    }

    static Class<?> rawType(Type type) {
        if (type instanceof Class<?> plain) return plain;
        if (type instanceof ParameterizedType generic) return (Class<?>) generic.getRawType();
        if (type instanceof GenericArrayType array) return Array.newInstance(rawType(array.getGenericComponentType()), 0).getClass();
        if (type instanceof WildcardType wildcard) return rawType(wildcard.getUpperBounds()[0]);
        if (type instanceof TypeVariable<?> variable) return rawType(variable.getBounds()[0]);
        return Object.class;
    }

    static IllegalArgumentException expected(Class<?> type, Object json) {
        return new IllegalArgumentException("Expected " + type.getSimpleName() + " but was " + shapeOf(json));
    }

    static IllegalArgumentException expectedShape(String shape, Object json) {
        return new IllegalArgumentException("Expected BEGIN_" + shape + " but was " + shapeOf(json));
    }

    /** The kind of JSON value, as gson's messages have it. */
    static String shapeOf(Object json) {
        if (json == null) return "NULL";
        if (json instanceof String) return "STRING";
        if (json instanceof Boolean) return "BOOLEAN";
        if (json instanceof Number) return "NUMBER";
        return json instanceof List ? "BEGIN_ARRAY" : "BEGIN_OBJECT";
    }
}
