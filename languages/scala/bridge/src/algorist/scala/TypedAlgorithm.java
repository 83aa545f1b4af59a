package algorist.scala;

import algorist.bridge.Algorithm;
import algorist.bridge.Answer;
import algorist.bridge.Input;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.List;

/**
 * An algorithm written the modern way: `apply` says by its types what it takes and gives, and Futures are waited for. Several
 * parameters take an array. `load`, when there is one, runs once before the first call.
 */
final class TypedAlgorithm implements Algorithm {
    private final Object instance;
    private final List<Method> methods = new ArrayList<>();
    private final ScalaConverter converter;

    private TypedAlgorithm(Object instance, ScalaConverter converter) {
        this.instance = instance;
        this.converter = converter;
    }

    /** @throws Throwable what its `load` throws, or fails with */
    static Algorithm load(Object instance, ScalaConverter converter) throws Throwable {
        TypedAlgorithm algorithm = new TypedAlgorithm(instance, converter);
        for (Method method : instance.getClass().getMethods()) {
            if (method.isBridge()) continue;
            method.setAccessible(true);
            if (method.getName().equals("apply")) algorithm.methods.add(method);
            if (method.getName().equals("load") && method.getParameterCount() == 0) Awaiting.result(algorithm.invoke(method));
        }
        algorithm.methods.sort((one, other) -> one.toGenericString().compareTo(other.toGenericString()));
        return algorithm;
    }

    @Override
    public Answer apply(Input input) throws Throwable {
        Method method = choose(input);
        return converter.answer(invoke(method, arguments(method, input)), method.getGenericReturnType());
    }

    private Object invoke(Method method, Object... arguments) throws Throwable {
        try {
            return method.invoke(instance, arguments);
        } catch (InvocationTargetException error) {
            throw error.getCause();
        }
    }

    /** The only one, or the one whose types fit the kind of value best. */
    private Method choose(Input input) throws NoSuchMethodException {
        Method best = null;
        int bestFit = 0;
        for (Method method : methods) {
            int fit = methods.size() == 1 ? 1 : fit(method, input);
            if (fit > bestFit) best = method;
            bestFit = Math.max(fit, bestFit);
        }
        if (best != null) return best;
        throw new NoSuchMethodException(methods.isEmpty() ? "there is no public apply" : "no apply takes this input");
    }

    private static int fit(Method method, Input input) {
        int count = method.getParameterCount();
        if (count != 1) return !input.isBytes() && input.json() instanceof List<?> items && items.size() == count ? 3 : 0;
        return Kinds.fit(method.getParameterTypes()[0], input.isBytes() ? new byte[0] : input.json());
    }

    private Object[] arguments(Method method, Input input) {
        int count = method.getParameterCount();
        Type[] types = ScalaTypes.ofParameters(method);
        if (count == 0) return new Object[0];
        if (count == 1) return new Object[] {argument(types[0], method.getParameterTypes()[0], input)};
        if (input.isBytes() || !(input.json() instanceof List<?> items) || items.size() != count) {
            throw new IllegalArgumentException("apply takes " + count + " arguments: expected a JSON array of " + count + " values");
        }
        Object[] arguments = new Object[count];
        for (int index = 0; index < count; index++) arguments[index] = converter.read(items.get(index), types[index]);
        return arguments;
    }

    private Object argument(Type type, Class<?> raw, Input input) {
        if (!input.isBytes()) return converter.read(input.json(), type);
        if (raw.isAssignableFrom(byte[].class)) return input.bytes();
        throw new IllegalArgumentException("apply takes " + raw.getSimpleName() + ", not bytes");
    }
}
