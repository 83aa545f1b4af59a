package algorist.scala;

import algorist.bridge.Answer;
import algorist.bridge.Converter;
import java.lang.reflect.Method;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.util.concurrent.ExecutionException;

/**
 * Values between JSON and Scala. In the old way what the old platform could convert is converted as it was there; Scala's own
 * kinds, and everything in the modern way, by {@link ScalaBinder} and {@link ScalaWriter}.
 */
final class ScalaConverter extends Converter {
    private final ScalaBinder binder;
    private final boolean isOld;

    ScalaConverter(ClassLoader loader, boolean isOld) {
        super(isOld ? Converter.old(loader) : Converter.modern(loader));
        this.isOld = isOld;
        binder = new ScalaBinder(loader, isOld, super::read);
    }

    @Override
    public Type[] parametersOf(Method method) {
        return ScalaTypes.ofParameters(method);
    }

    @Override
    public Object read(Object json, Type type) {
        return isOurs(type) ? binder.bind(json, type) : super.read(json, type);
    }

    /** Whether a type is, or holds, something that the old platform knew nothing of. */
    private boolean isOurs(Type type) {
        if (!isOld) return !ScalaBinder.rawType(type).getName().startsWith("com.google.gson.");
        if (type instanceof ParameterizedType generic) {
            for (Type argument : generic.getActualTypeArguments()) if (isOurs(argument)) return true;
            return isOurs(generic.getRawType());
        }
        return type instanceof Class<?> plain && (Kinds.isScala(plain) || Kinds.isCaseClass(plain) && holdsScala(plain));
    }

    private static boolean holdsScala(Class<?> type) {
        for (var field : type.getDeclaredFields()) {
            if (Kinds.isScala(field.getType()) || field.getType() != type && Kinds.isCaseClass(field.getType()) && holdsScala(field.getType())) return true;
        }
        return false;
    }

    @Override
    public String write(Object value, Type type) {
        if (value == null || isOld && !Kinds.isScala(value.getClass()) && !(Kinds.isCaseClass(value.getClass()) && holdsScala(value.getClass()))) {
            return super.write(value, type);
        }
        return new ScalaWriter(isOld).write(value);
    }

    @Override
    public Answer answer(Object returned, Type declared) throws Exception {
        try {
            Object value = Awaiting.result(returned);
            if (value != null && Kinds.isOption(value.getClass())) value = ScalaWriter.contentOf(value);
            return super.answer(value, value == returned ? declared : Object.class);
        } catch (Exception | Error error) {
            throw error;
        } catch (Throwable error) {
            throw new ExecutionException(error);
        }
    }
}
