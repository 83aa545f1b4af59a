package algorist.bridge;

import com.algorithmia.development.AbstractAlgorithm;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Type;

/** An algorithm that extends AbstractAlgorithm and is served by a handler (runtime.md 3.7). */
public final class HandlerAlgorithm implements Algorithm {
    private final AbstractAlgorithm<Object, Object> implementation;
    private final Type inputType;
    private final Type outputType;
    private final Converter converter;

    private HandlerAlgorithm(AbstractAlgorithm<Object, Object> implementation, Method apply) {
        this.implementation = implementation;
        this.inputType = apply.getGenericParameterTypes()[0];
        this.outputType = apply.getGenericReturnType();
        this.converter = Converter.old(implementation.getClass().getClassLoader());
    }

    /** @throws Throwable what its `load` throws */
    @SuppressWarnings("unchecked")
    static Algorithm load(AbstractAlgorithm<?, ?> implementation) throws Throwable {
        implementation.load();
        return new HandlerAlgorithm((AbstractAlgorithm<Object, Object>) implementation, findApply(implementation.getClass()));
    }

    /** Loads it and answers calls; does not return. */
    public static void serve(AbstractAlgorithm<?, ?> implementation) {
        Algorithm algorithm = null;
        try {
            algorithm = load(implementation);
        } catch (Throwable error) {
            Worker.failToLoad(error);
        }
        Worker.serve(algorithm);
    }

    private static Method findApply(Class<?> type) {
        Method found = null;
        for (Method method : type.getMethods()) {
            if (!method.getName().equals("apply") || method.getParameterCount() != 1) continue;
            boolean isBetter = !method.isBridge() && method.getReturnType() != Object.class;
            if (found == null || found.isBridge() || isBetter) found = method;
        }
        return found;
    }

    @Override
    public Answer apply(Input input) throws Throwable {
        return converter.answer(implementation.apply(read(input)), outputType);
    }

    @Override
    public String errorTypeOf(Throwable error) {
        return error.getClass().toString();
    }

    private Object read(Input input) {
        Class<?> type = Binder.rawType(inputType);
        if (input.isBytes()) return bytes(input, type);
        Object json = input.json();
        if (type == byte[].class && json instanceof String text) return java.util.Base64.getMimeDecoder().decode(text);
        if (type == String.class && json instanceof String) return json;
        boolean takesNull = type != String.class && type != byte[].class && !Number.class.isAssignableFrom(type);
        if (json == null && !takesNull) throw unfit(json, null);
        try {
            return checked(converter.read(json, inputType), json);
        } catch (RuntimeException error) {
            throw unfit(json, error);
        }
    }

    private Object bytes(Input input, Class<?> type) {
        if (type.isAssignableFrom(byte[].class)) return input.bytes();
        return converter.read(java.util.Base64.getEncoder().encodeToString(input.bytes()), inputType);
    }

    /** Fields that are marked `@Required` must be there. */
    private Object checked(Object value, Object json) {
        if (value == null || value.getClass().getName().startsWith("java.")) return value;
        for (Field field : value.getClass().getDeclaredFields()) {
            if (!Members.hasAnnotation(field, "Required")) continue;
            try {
                field.setAccessible(true);
                if (field.get(value) == null) throw unfit(json, null);
            } catch (IllegalAccessException error) {
                throw new IllegalStateException(error);
            }
        }
        return value;
    }

    private IllegalArgumentException unfit(Object json, RuntimeException cause) {
        String text = Json.write(json);
        String shown = text.length() <= 200 ? text : text.substring(0, 200) + "…";
        return new IllegalArgumentException("unable to parse data: " + shown + " as expected type: " + inputType.getTypeName(), cause);
    }
}
