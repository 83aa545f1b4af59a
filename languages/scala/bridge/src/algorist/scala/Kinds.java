package algorist.scala;

import algorist.bridge.JsonNumber;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/** What kinds of values there are, told by names: the bridge does not know with which Scala an algorithm was compiled. */
final class Kinds {
    private static final Map<String, Class<?>> BOXES = Map.of(
        "Int", Integer.class, "Long", Long.class, "Short", Short.class, "Byte", Byte.class, "Double", Double.class,
        "Float", Float.class, "Boolean", Boolean.class, "Char", Character.class);

    private Kinds() {}

    /** The box of a primitive type of Scala; null for other types. */
    static Class<?> boxOf(String scalaName) {
        return BOXES.get(scalaName);
    }

    /** Whether `type` is, or has above it, a class or trait of that name. */
    static boolean is(Class<?> type, String name) {
        for (Class<?> next = type; next != null; next = next.getSuperclass()) {
            if (next.getName().equals(name)) return true;
            for (Class<?> above : next.getInterfaces()) if (is(above, name)) return true;
        }
        return false;
    }

    static boolean isOption(Class<?> type) {
        return is(type, "scala.Option");
    }

    static boolean isMap(Class<?> type) {
        return is(type, "scala.collection.Map");
    }

    static boolean isCollection(Class<?> type) {
        return is(type, "scala.collection.Iterable") || type.getName().equals("scala.collection.Traversable");
    }

    static boolean isTuple(Class<?> type) {
        return type.getName().matches("scala\\.Tuple\\d+(\\$.*)?");
    }

    /** A case class of somebody's own. */
    static boolean isCaseClass(Class<?> type) {
        return !type.isInterface() && !type.getName().startsWith("scala.") && is(type, "scala.Product");
    }

    /** A type that the old platform's conversion knew nothing of. */
    static boolean isScala(Class<?> type) {
        return type.getName().startsWith("scala.") && !type.getName().startsWith("scala.runtime.");
    }

    /** How well a value of JSON, or bytes, fits a parameter: 0 not at all, 1 as anything, 2 by its kind. */
    static int fit(Class<?> type, Object value) {
        if (type == Object.class) return 1;
        boolean isText = CharSequence.class.isAssignableFrom(type);
        boolean isNumber = Number.class.isAssignableFrom(type) || type.isPrimitive() && type != boolean.class && type != char.class
            || is(type, "scala.math.ScalaNumber");
        boolean isMany = type.isArray() && type != byte[].class || Collection.class.isAssignableFrom(type)
            || isTuple(type) || isCollection(type) && !isMap(type);
        if (value instanceof byte[]) return type == byte[].class ? 2 : 0;
        if (value instanceof String) return isText ? 2 : 0;
        if (value instanceof JsonNumber) return isNumber ? 2 : 0;
        if (value instanceof Boolean) return type == boolean.class || type == Boolean.class ? 2 : 0;
        if (value instanceof List) return isMany ? 2 : 0;
        if (value instanceof Map) return isText || isNumber || isMany || type.isPrimitive() || type == byte[].class ? 0 : 2;
        return isOption(type) ? 2 : type.isPrimitive() ? 0 : 1;
    }
}
