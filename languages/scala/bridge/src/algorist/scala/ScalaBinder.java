package algorist.scala;

import algorist.bridge.Binder;
import algorist.bridge.JsonNumber;
import java.lang.reflect.Array;
import java.lang.reflect.GenericArrayType;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;

/** Makes Scala's values from parsed JSON: Option, collections, maps, tuples, case classes and big numbers. */
final class ScalaBinder extends Binder {
    private static final int SMALL_MAP = 64;
    private final ClassLoader loader;
    private final boolean isOld;
    private final BiFunction<Object, Type, Object> others;

    /** @param others converts what is no Scala in the old way */
    ScalaBinder(ClassLoader loader, boolean isOld, BiFunction<Object, Type, Object> others) {
        super(isOld);
        this.loader = loader;
        this.isOld = isOld;
        this.others = others;
    }

    @Override
    protected Object bindClass(Object json, Class<?> type, Type[] arguments) {
        if (Kinds.isOption(type)) return option(json, argument(arguments, 0));
        if (json == null) return super.bindClass(null, type, arguments);
        if (type == Object.class) return untyped(json);
        if (type.getName().startsWith("com.google.gson.")) return others.apply(json, type);
        if (Kinds.is(type, "scala.util.Either")) throw new IllegalArgumentException("no value can be made of Either");
        if (Kinds.isTuple(type)) return tuple(json, type, arguments);
        if (Kinds.isMap(type)) return map(json, type, arguments);
        if (Kinds.isCollection(type)) return collection(json, type, argument(arguments, 0));
        if (type.getName().equals("scala.math.BigDecimal")) return big("BigDecimal", super.bindClass(json, BigDecimal.class, arguments));
        if (type.getName().equals("scala.math.BigInt")) return big("BigInt", super.bindClass(json, BigInteger.class, arguments));
        return Kinds.isCaseClass(type) ? caseClass(json, type) : super.bindClass(json, type, arguments);
    }

    static Class<?> rawType(Type type) {
        if (type instanceof Class<?> plain) return plain;
        if (type instanceof ParameterizedType generic) return (Class<?>) generic.getRawType();
        return type instanceof GenericArrayType array ? Array.newInstance(rawType(array.getGenericComponentType()), 0).getClass() : Object.class;
    }

    private static Type argument(Type[] arguments, int index) {
        return index < arguments.length ? arguments[index] : Object.class;
    }

    /** Numbers without a type are the smallest that keep their digits, arrays are Lists, objects Maps. */
    private Object untyped(Object json) {
        if (json instanceof JsonNumber number) return natural(number);
        if (json instanceof List) return collection(json, scala("scala.collection.immutable.List"), Object.class);
        if (json instanceof Map) return map(json, scala("scala.collection.immutable.Map"), new Type[] {String.class, Object.class});
        return json;
    }

    private Object natural(JsonNumber number) {
        if (!number.isInteger()) return fraction(number);
        Number exact = number.exact();
        if (!(exact instanceof Long whole)) return big("BigInt", exact);
        return whole.intValue() == whole ? (Number) whole.intValue() : whole;
    }

    /** A double where it has the same value, so that no digit is lost. */
    private Object fraction(JsonNumber number) {
        double near = number.doubleValue();
        BigDecimal exact = new BigDecimal(number.toString());
        boolean isSame = Double.isFinite(near) && new BigDecimal(Double.toString(near)).compareTo(exact) == 0;
        return isSame ? (Object) near : big("BigDecimal", exact);
    }

    private Object option(Object json, Type content) {
        return Calls.call(module("scala.Option"), "apply", json == null ? null : bind(json, content));
    }

    private Object tuple(Object json, Class<?> type, Type[] arguments) {
        int count = arguments.length;
        if (!(json instanceof List<?> items) || items.size() != count) throw expected("an array of " + count, json);
        Object[] values = new Object[count];
        for (int index = 0; index < count; index++) values[index] = bind(items.get(index), arguments[index]);
        return Calls.call(module("scala.Tuple" + count), "apply", values);
    }

    private Object collection(Object json, Class<?> type, Type content) {
        if (!(json instanceof List<?> items)) throw expected("BEGIN_ARRAY", json);
        Object builder = builderOf(type);
        for (Object item : items) Calls.call(builder, "$plus$eq", bind(item, content));
        return Calls.call(builder, "result");
    }

    private Object map(Object json, Class<?> type, Type[] arguments) {
        if (!(json instanceof Map<?, ?> members)) throw expected("BEGIN_OBJECT", json);
        Object builder = builderOf(ordered(type, members.size()));
        Object pairs = module("scala.Tuple2");
        members.forEach((name, value) -> {
            Object pair = Calls.call(pairs, "apply", bind(name, argument(arguments, 0)), bind(value, argument(arguments, 1)));
            Calls.call(builder, "$plus$eq", pair);
        });
        return Calls.call(builder, "result");
    }

    /** What is declared as a Map keeps the order of the text: where Scala has a quick map that does, or while it is small. */
    private Class<?> ordered(Class<?> type, int size) {
        boolean isPlain = type.getName().equals("scala.collection.immutable.Map") || type.getName().equals("scala.collection.Map");
        if (!isPlain || size <= 4) return type;
        try {
            return Class.forName("scala.collection.immutable.VectorMap", true, loader);
        } catch (ClassNotFoundException older) {
            return size <= SMALL_MAP ? scala("scala.collection.immutable.ListMap") : type;
        }
    }

    /** Of the object that accompanies the collection. */
    private Object builderOf(Class<?> type) {
        try {
            return Calls.call(module(type.getName()), "newBuilder");
        } catch (IllegalStateException | IllegalArgumentException error) {
            throw new IllegalArgumentException("no value can be made of " + type.getName() + ": expected a usual collection", error);
        }
    }

    private Object big(String name, Object number) {
        try {
            Class<?> javaType = name.equals("BigInt") ? BigInteger.class : BigDecimal.class;
            Object value = number instanceof Long small ? BigInteger.valueOf(small) : number;
            return scala("scala.math." + name).getConstructor(javaType).newInstance(value);
        } catch (ReflectiveOperationException error) {
            throw new IllegalStateException(error);
        }
    }

    private Object caseClass(Object json, Class<?> type) {
        if (!(json instanceof Map<?, ?> members)) throw expected("BEGIN_OBJECT", json);
        CaseClass shape = CaseClass.of(type);
        Object[] values = new Object[shape.names().size()];
        for (int index = 0; index < values.length; index++) values[index] = member(members, shape, index);
        return shape.make(values);
    }

    /** A missing member is the parameter's default; without one it is an error, and in the old way what Java has for nothing. */
    private Object member(Map<?, ?> members, CaseClass shape, int index) {
        String name = shape.names().get(index);
        Type type = shape.types()[index];
        boolean isThere = members.containsKey(name);
        Object missing = isThere ? null : shape.defaultOf(index);
        if (missing != null) return missing;
        if (!isThere && !isOld && !Kinds.isOption(rawType(type))) {
            throw new IllegalArgumentException(shape.type().getSimpleName() + "." + name + " is missing");
        }
        try {
            Object json = members.get(name);
            boolean isZero = isOld && json == null && type instanceof Class<?> plain && plain.isPrimitive();
            return isZero ? Array.get(Array.newInstance((Class<?>) type, 1), 0) : bind(json, type);
        } catch (IllegalArgumentException error) {
            throw new IllegalArgumentException(error.getMessage() + " (" + shape.type().getSimpleName() + "." + name + ")", error);
        }
    }

    private Object module(String name) {
        Object module = Instances.moduleOf(scala(name));
        if (module == null) throw new IllegalStateException(name + " has no companion object");
        return module;
    }

    private Class<?> scala(String name) {
        try {
            return Class.forName(name, true, loader);
        } catch (ClassNotFoundException error) {
            throw new IllegalStateException(error);
        }
    }

    private static IllegalArgumentException expected(String what, Object json) {
        String found = json instanceof List ? "BEGIN_ARRAY" : json instanceof Map ? "BEGIN_OBJECT" : algorist.bridge.Json.write(json);
        return new IllegalArgumentException("Expected " + what + " but was " + found);
    }
}
