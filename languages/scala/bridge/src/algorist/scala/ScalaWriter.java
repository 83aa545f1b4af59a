package algorist.scala;

import algorist.bridge.Json;
import algorist.bridge.JsonWriter;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Writes Scala's values: collections as arrays and objects, case classes by their parameters, an empty Option as null. */
final class ScalaWriter extends JsonWriter {
    private final boolean isOld;

    ScalaWriter(boolean isOld) {
        this.isOld = isOld;
    }

    @Override
    protected String notANumber(Number value) {
        return isOld ? Json.quote(value.toString()) : super.notANumber(value);
    }

    @Override
    protected Object replace(Object value) {
        if (value == null) return null;
        Class<?> type = value.getClass();
        if (Kinds.isOption(type)) return replace(contentOf(value));
        if (type.getName().equals("scala.runtime.BoxedUnit")) return null;
        if (Kinds.is(type, "scala.util.Either")) return replace(productOf(value).next());
        if (Kinds.isMap(type)) return mapOf(value);
        if (Kinds.isCollection(type)) return listOf(iteratorOf(value, "iterator"));
        if (Kinds.isTuple(type)) return listOf(productOf(value));
        if (Kinds.isCaseClass(type)) return membersOf(value);
        if (Kinds.is(type, "scala.math.BigDecimal")) return call(value, "bigDecimal");
        if (Kinds.is(type, "scala.math.BigInt")) return call(value, "bigInteger");
        return Kinds.is(type, "scala.Enumeration$Value") || type.getName().equals("scala.Symbol") ? nameOf(value) : value;
    }

    /** What an Option holds; null when it is empty. */
    static Object contentOf(Object option) {
        return (boolean) call(option, "isEmpty") ? null : call(option, "get");
    }

    private static String nameOf(Object value) {
        return value.getClass().getName().equals("scala.Symbol") ? (String) call(value, "name") : value.toString();
    }

    private static Map<Object, Object> mapOf(Object map) {
        Map<Object, Object> members = new LinkedHashMap<>();
        for (Iterator<Object> pairs = iteratorOf(map, "iterator"); pairs.hasNext(); ) {
            Object pair = pairs.next();
            members.put(call(pair, "_1"), call(pair, "_2"));
        }
        return members;
    }

    private static List<Object> listOf(Iterator<Object> items) {
        List<Object> list = new ArrayList<>();
        items.forEachRemaining(list::add);
        return list;
    }

    /** A case object is its name. */
    private static Object membersOf(Object value) {
        List<String> names = CaseClass.namesOf(value.getClass());
        if (names.isEmpty() && value.getClass().getName().endsWith("$")) return call(value, "productPrefix");
        Map<String, Object> members = new LinkedHashMap<>();
        Iterator<Object> values = productOf(value);
        for (String name : names) members.put(name, values.next());
        return members;
    }

    private static Iterator<Object> productOf(Object product) {
        return iteratorOf(product, "productIterator");
    }

    private static Iterator<Object> iteratorOf(Object owner, String method) {
        Object iterator = call(owner, method);
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return (boolean) call(iterator, "hasNext");
            }

            @Override
            public Object next() {
                return call(iterator, "next");
            }
        };
    }

    private static Object call(Object owner, String name) {
        return Calls.call(owner, name);
    }
}
