package algorist.scala;

import java.lang.reflect.Executable;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Types of parameters as Scala has them. What Java's reflection sees of `Option[Int]` is `Option[Object]`: the rest is in the
 * signature that Scala's compiler leaves with each class ({@link Pickle}).
 */
final class ScalaTypes {
    private static final Map<String, String> OPERATORS = Map.ofEntries(
        Map.entry("$minus", "-"), Map.entry("$plus", "+"), Map.entry("$times", "*"), Map.entry("$div", "/"),
        Map.entry("$colon", ":"), Map.entry("$eq", "="), Map.entry("$less", "<"), Map.entry("$greater", ">"),
        Map.entry("$bang", "!"), Map.entry("$hash", "#"), Map.entry("$percent", "%"), Map.entry("$amp", "&"),
        Map.entry("$bar", "|"), Map.entry("$qmark", "?"), Map.entry("$at", "@"), Map.entry("$tilde", "~"));

    private static final Map<Executable, Type[]> KNOWN = new ConcurrentHashMap<>();

    private ScalaTypes() {}

    /** A member's name as it was written: `first-name` of `first$minusname`. */
    static String decodeName(String name) {
        String decoded = name;
        if (!name.contains("$")) return name;
        for (var operator : OPERATORS.entrySet()) decoded = decoded.replace(operator.getKey(), operator.getValue());
        return decoded;
    }

    /** Not to be changed: a signature is read once, which takes longer than a short call. */
    static Type[] ofParameters(Executable method) {
        return KNOWN.computeIfAbsent(method, ScalaTypes::read);
    }

    private static Type[] read(Executable method) {
        Type[] types = method.getGenericParameterTypes();
        List<Pickle.Shape> shapes = shapesOf(method, types.length);
        for (int index = 0; index < types.length && shapes != null; index++) types[index] = refine(types[index], shapes.get(index));
        return types;
    }

    /** Null when the signature says nothing that fits. */
    private static List<Pickle.Shape> shapesOf(Executable method, int count) {
        Class<?> owner = method.getDeclaringClass();
        Pickle pickle = Pickle.of(owner);
        if (pickle == null) return null;
        String name = method instanceof java.lang.reflect.Constructor ? "<init>" : method.getName();
        String simple = simpleName(owner);
        for (List<Pickle.Shape> shapes : pickle.parametersOf(simple, name)) {
            if (shapes.size() == count && fits(shapes, method.getParameterTypes())) return shapes;
        }
        return null;
    }

    private static boolean fits(List<Pickle.Shape> shapes, Class<?>[] types) {
        for (int index = 0; index < types.length; index++) {
            String name = shapes.get(index).name();
            Class<?> box = Kinds.boxOf(name);
            boolean isPrimitive = types[index].isPrimitive();
            if (isPrimitive != (box != null)) return false;
            if (!isPrimitive && !types[index].isArray() && types[index] != Object.class && !simpleName(types[index]).equals(name)) return false;
        }
        return true;
    }

    private static String simpleName(Class<?> type) {
        String name = type.getName().replaceAll("\\$$", "");
        return name.substring(Math.max(name.lastIndexOf('.'), name.lastIndexOf('$')) + 1);
    }

    private static Type refine(Type type, Pickle.Shape shape) {
        if (type == Object.class) {
            Class<?> box = Kinds.boxOf(shape.name());
            return box == null ? type : box;
        }
        if (!(type instanceof ParameterizedType generic)) return type;
        Type[] arguments = generic.getActualTypeArguments();
        if (arguments.length != shape.arguments().size()) return type;
        for (int index = 0; index < arguments.length; index++) arguments[index] = refine(arguments[index], shape.arguments().get(index));
        return new Refined((Class<?>) generic.getRawType(), arguments);
    }

    private record Refined(Class<?> raw, Type[] arguments) implements ParameterizedType {
        @Override
        public Type[] getActualTypeArguments() {
            return arguments.clone();
        }

        @Override
        public Type getRawType() {
            return raw;
        }

        @Override
        public Type getOwnerType() {
            return Modifier.isStatic(raw.getModifiers()) ? raw.getDeclaringClass() : null;
        }
    }
}
