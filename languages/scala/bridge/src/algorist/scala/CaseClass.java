package algorist.scala;

import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Modifier;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.List;

/** A case class: the names and types of its parameters, what stands for those that are missing, and how one is made. */
record CaseClass(Class<?> type, Constructor<?> constructor, List<String> names, Type[] types) {
    private static final ClassValue<CaseClass> KNOWN = new ClassValue<>() {
        @Override
        protected CaseClass computeValue(Class<?> type) {
            return read(type);
        }
    };

    static CaseClass of(Class<?> type) {
        return KNOWN.get(type);
    }

    static List<String> namesOf(Class<?> type) {
        return of(type).names;
    }

    /** The primary constructor is the one that the fields of the parameters, which come first, fit. */
    private static CaseClass read(Class<?> type) {
        List<Field> fields = new ArrayList<>();
        for (Field field : type.getDeclaredFields()) if (!Modifier.isStatic(field.getModifiers()) && !field.getName().equals("$outer")) fields.add(field);
        CaseClass best = new CaseClass(type, null, List.of(), new Type[0]);
        for (Constructor<?> constructor : type.getDeclaredConstructors()) {
            int count = constructor.getParameterCount();
            if (count < best.names.size() || !fits(constructor, fields)) continue;
            best = new CaseClass(type, constructor, namesOf(fields.subList(0, count)), ScalaTypes.ofParameters(constructor));
        }
        if (best.constructor != null) best.constructor.setAccessible(true);
        return best;
    }

    private static boolean fits(Constructor<?> constructor, List<Field> fields) {
        Class<?>[] types = constructor.getParameterTypes();
        if (types.length > fields.size()) return false;
        for (int index = 0; index < types.length; index++) if (types[index] != fields.get(index).getType()) return false;
        return true;
    }

    private static List<String> namesOf(List<Field> fields) {
        List<String> names = new ArrayList<>();
        for (Field field : fields) names.add(ScalaTypes.decodeName(field.getName()));
        return names;
    }

    /** The default of a parameter, by its index; null when it has none. */
    Object defaultOf(int index) {
        Object companion = Instances.moduleOf(type);
        if (companion == null) return null;
        String name = "$lessinit$greater$default$" + (index + 1);
        for (var method : companion.getClass().getMethods()) {
            if (method.getName().equals(name) && method.getParameterCount() == 0) return Calls.call(companion, name);
        }
        return null;
    }

    Object make(Object[] values) {
        if (constructor == null) throw new IllegalArgumentException("no value can be made of " + type.getName());
        try {
            return constructor.newInstance(values);
        } catch (InvocationTargetException error) {
            if (error.getCause() instanceof RuntimeException own) throw own;
            throw new IllegalArgumentException(error.getCause());
        } catch (ReflectiveOperationException error) {
            throw new IllegalArgumentException("no value can be made of " + type.getName(), error);
        }
    }
}
