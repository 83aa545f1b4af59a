package algorist.bridge;

import java.lang.reflect.Constructor;
import java.lang.reflect.Modifier;
import java.lang.reflect.RecordComponent;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Queue;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/** Makes objects of author's classes, and of the library's collections. */
final class Objects {
    private Objects() {}

    /** An object of `type` whose members come from JSON; names that it does not have are left out. */
    static Object make(Binder binder, Map<?, ?> members, Class<?> type) {
        if (type.isInterface() || Modifier.isAbstract(type.getModifiers())) {
            throw new IllegalArgumentException("no value can be made of the abstract " + type.getName());
        }
        return type.isRecord() ? makeRecord(binder, members, type) : makeFields(binder, members, type);
    }

    private static Object makeRecord(Binder binder, Map<?, ?> members, Class<?> type) {
        RecordComponent[] components = type.getRecordComponents();
        Class<?>[] types = new Class<?>[components.length];
        Object[] values = new Object[components.length];
        for (int index = 0; index < components.length; index++) {
            RecordComponent component = components[index];
            types[index] = component.getType();
            values[index] = member(binder, members, component.getName(), component.getGenericType(), type);
        }
        try {
            return open(type.getDeclaredConstructor(types)).newInstance(values);
        } catch (ReflectiveOperationException error) {
            throw rethrown(error);
        }
    }

    private static Object makeFields(Binder binder, Map<?, ?> members, Class<?> type) {
        Object made = newInstance(type);
        for (Fields.Member field : Fields.of(type)) {
            if (!members.containsKey(field.name())) continue;
            Object json = members.get(field.name());
            if (json == null && field.field().getType().isPrimitive()) continue;
            try {
                field.field().set(made, member(binder, members, field.name(), field.type(), type));
            } catch (IllegalAccessException error) {
                throw new IllegalArgumentException(error);
            }
        }
        return made;
    }

    private static Object member(Binder binder, Map<?, ?> members, String name, java.lang.reflect.Type type, Class<?> owner) {
        try {
            Object json = members.get(name);
            boolean isAbsentPrimitive = json == null && type instanceof Class<?> plain && plain.isPrimitive();
            return isAbsentPrimitive ? zeroOf((Class<?>) type) : binder.bind(json, type);
        } catch (IllegalArgumentException error) {
            throw new IllegalArgumentException(error.getMessage() + " (" + owner.getSimpleName() + "." + name + ")", error);
        }
    }

    private static Object zeroOf(Class<?> primitive) {
        return java.lang.reflect.Array.get(java.lang.reflect.Array.newInstance(primitive, 1), 0);
    }

    /** The algorithm's own object. @throws Throwable what its constructor throws */
    static Object newPublic(Class<?> type) throws Throwable {
        try {
            return open(type.getDeclaredConstructor()).newInstance();
        } catch (NoSuchMethodException none) {
            throw new NoSuchMethodException(type.getName() + " needs a constructor without parameters");
        } catch (java.lang.reflect.InvocationTargetException error) {
            throw error.getCause();
        }
    }

    /** By the constructor without parameters, or without any, as gson does. */
    static Object newInstance(Class<?> type) {
        try {
            return open(type.getDeclaredConstructor()).newInstance();
        } catch (NoSuchMethodException none) {
            return newEmpty(type);
        } catch (ReflectiveOperationException error) {
            throw rethrown(error);
        }
    }

    private static Object newEmpty(Class<?> type) {
        try {
            Class<?> unsafe = Class.forName("sun.misc.Unsafe");
            var field = unsafe.getDeclaredField("theUnsafe");
            field.setAccessible(true);
            return unsafe.getMethod("allocateInstance", Class.class).invoke(field.get(null), type);
        } catch (ReflectiveOperationException error) {
            throw new IllegalArgumentException(type.getName() + " needs a constructor without parameters", error);
        }
    }

    @SuppressWarnings("unchecked")
    static Collection<Object> newCollection(Class<?> type) {
        if (!type.isInterface() && !Modifier.isAbstract(type.getModifiers())) return (Collection<Object>) newInstance(type);
        if (SortedSet.class.isAssignableFrom(type)) return new TreeSet<>();
        if (java.util.Set.class.isAssignableFrom(type)) return new LinkedHashSet<>();
        if (Queue.class.isAssignableFrom(type)) return new ArrayDeque<>();
        return new ArrayList<>();
    }

    @SuppressWarnings("unchecked")
    static Map<Object, Object> newMap(Class<?> type) {
        if (!type.isInterface() && !Modifier.isAbstract(type.getModifiers())) return (Map<Object, Object>) newInstance(type);
        return SortedMap.class.isAssignableFrom(type) ? new TreeMap<>() : new LinkedHashMap<>();
    }

    private static <T> Constructor<T> open(Constructor<T> constructor) {
        constructor.setAccessible(true);
        return constructor;
    }

    private static RuntimeException rethrown(ReflectiveOperationException error) {
        return Errors.unwrap(error) instanceof RuntimeException own ? own : new IllegalArgumentException(Errors.unwrap(error));
    }
}
