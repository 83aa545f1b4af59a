package algorist.bridge;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/**
 * An algorithm written the modern way: `apply` says by its types what it takes and gives. Text goes to a String, bytes to a
 * byte[], anything else to what its type can be made of; several parameters take an array. `load`, when there is one,
 * runs once before the first call.
 */
final class TypedAlgorithm implements Algorithm {
    private final Object instance;
    private final List<Method> methods;
    private final Converter converter;

    private TypedAlgorithm(Object instance, List<Method> methods, Converter converter) {
        this.instance = instance;
        this.methods = methods;
        this.converter = converter;
    }

    /** @throws Throwable what its `load` throws */
    static Algorithm load(Object instance, Converter converter) throws Throwable {
        List<Method> methods = new ArrayList<>();
        for (Method method : instance.getClass().getMethods()) {
            if (method.isBridge()) continue;
            method.setAccessible(true);
            if (method.getName().equals("apply")) methods.add(method);
            if (method.getName().equals("load") && method.getParameterCount() == 0) invoke(method, instance);
        }
        methods.sort((one, other) -> one.toGenericString().compareTo(other.toGenericString()));
        return new TypedAlgorithm(instance, methods, converter);
    }

    @Override
    public Answer apply(Input input) throws Throwable {
        Method method = choose(input);
        return converter.answer(invoke(method, instance, arguments(method, input)), method.getGenericReturnType());
    }

    private static Object invoke(Method method, Object owner, Object... arguments) throws Throwable {
        try {
            return method.invoke(owner, arguments);
        } catch (InvocationTargetException error) {
            throw error.getCause();
        }
    }

    private Method choose(Input input) throws NoSuchMethodException {
        if (methods.size() == 1) return methods.get(0);
        Method best = null;
        int bestFit = 0;
        for (Method method : methods) {
            int fit = fit(method, input);
            if (fit > bestFit) best = method;
            bestFit = Math.max(fit, bestFit);
        }
        if (best == null) throw new NoSuchMethodException(methods.isEmpty() ? "there is no public apply" : "no apply takes this input");
        return best;
    }

    /** How well the input fits: 0 not at all, 1 as any object, 2 by the kind of value. */
    private static int fit(Method method, Input input) {
        int count = method.getParameterCount();
        if (count != 1) return !input.isBytes() && input.json() instanceof List<?> items && items.size() == count ? 3 : 0;
        Class<?> type = Scalars.boxed(method.getParameterTypes()[0]);
        if (type == Object.class) return 1;
        if (input.isBytes()) return type == byte[].class ? 2 : 0;
        Object json = input.json();
        boolean isText = CharSequence.class.isAssignableFrom(type);
        boolean isScalar = Scalars.isScalar(type);
        boolean isList = type.isArray() && type != byte[].class || Collection.class.isAssignableFrom(type);
        if (json instanceof String) return isText ? 2 : 0;
        if (json instanceof Number) return Number.class.isAssignableFrom(type) ? 2 : 0;
        if (json instanceof Boolean) return type == Boolean.class ? 2 : 0;
        if (json instanceof List) return isList ? 2 : 0;
        return json instanceof Map && !isScalar && !isList && type != byte[].class ? 2 : 0;
    }

    private Object[] arguments(Method method, Input input) {
        int count = method.getParameterCount();
        if (count == 0) return new Object[0];
        if (count == 1) return new Object[] {argument(method, 0, input)};
        if (input.isBytes() || !(input.json() instanceof List<?> items) || items.size() != count) {
            throw new IllegalArgumentException("apply takes " + count + " arguments: expected a JSON array of " + count + " values");
        }
        Object[] arguments = new Object[count];
        for (int index = 0; index < count; index++) arguments[index] = read(items.get(index), method, index);
        return arguments;
    }

    private Object argument(Method method, int index, Input input) {
        if (!input.isBytes()) return read(input.json(), method, index);
        Class<?> type = method.getParameterTypes()[index];
        if (type.isAssignableFrom(byte[].class)) return input.bytes();
        throw new IllegalArgumentException("apply takes " + type.getSimpleName() + ", not bytes");
    }

    private Object read(Object json, Method method, int index) {
        return converter.read(json, method.getGenericParameterTypes()[index]);
    }
}
