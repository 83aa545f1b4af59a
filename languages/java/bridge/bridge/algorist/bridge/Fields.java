package algorist.bridge;

import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** The members of author's objects that JSON has: fields that are neither static nor transient, superclasses' first. */
final class Fields {
    private static final ClassValue<List<Fields.Member>> KNOWN = new ClassValue<>() {
        @Override
        protected List<Member> computeValue(Class<?> type) {
            return find(type);
        }
    };

    private Fields() {}

    record Member(String name, Field field) {
        Object get(Object owner) {
            try {
                return field.get(owner);
            } catch (IllegalAccessException error) {
                throw new IllegalArgumentException("Object of type " + owner.getClass().getName()
                    + " is not JSON serializable: " + error.getMessage(), error);
            }
        }

        Type type() {
            return field.getGenericType();
        }
    }

    static List<Member> of(Class<?> type) {
        return KNOWN.get(type);
    }

    private static List<Member> find(Class<?> type) {
        List<Member> members = new ArrayList<>();
        List<Class<?>> classes = new ArrayList<>();
        for (Class<?> next = type; next != null && next != Object.class; next = next.getSuperclass()) classes.add(next);
        Collections.reverse(classes);
        for (Class<?> next : classes) {
            for (Field field : next.getDeclaredFields()) if (isMember(field)) members.add(open(field));
        }
        return members;
    }

    private static boolean isMember(Field field) {
        return !Modifier.isStatic(field.getModifiers()) && !Modifier.isTransient(field.getModifiers()) && !field.isSynthetic();
    }

    private static Member open(Field field) {
        try {
            field.setAccessible(true);
        } catch (RuntimeException error) {
            throw new IllegalArgumentException("Object of type " + field.getDeclaringClass().getName()
                + " is not JSON serializable: " + error.getMessage(), error);
        }
        return new Member(nameOf(field), field);
    }

    /** As gson's and Jackson's annotations say, which are known by their names. */
    private static String nameOf(AnnotatedElement field) {
        for (var annotation : field.getAnnotations()) {
            String type = annotation.annotationType().getSimpleName();
            boolean renames = type.equals("SerializedName") || type.equals("JsonProperty");
            if (renames && Members.read(annotation, "value") instanceof String name && !name.isEmpty()) return name;
        }
        return ((Field) field).getName();
    }
}
