package algorist.bridge;

import java.lang.reflect.InvocationTargetException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * An algorithm of the old platform's Java, whose `apply` methods are chosen by what a call sends (runtime.md 3.6). Each is
 * entered under the kinds of its parameters and under their number; what converts first is run, once.
 */
public final class OldAlgorithm implements Algorithm {
    private static final String NO_MATCH = "no apply method matches input signature";

    private final Object instance;
    private final Converter converter;
    private final List<OldMethod> methods;

    /** @throws IllegalArgumentException when `@AcceptsJson` does not stand at the only `apply` */
    public OldAlgorithm(Object instance, Class<?> type, Converter converter) {
        this.instance = instance;
        this.converter = converter;
        this.methods = OldMethod.all(type);
        if (methods.size() > 1 && methods.stream().anyMatch(OldMethod::acceptsJson)) {
            throw new IllegalArgumentException(
                "Only one apply method may be there when one has @AcceptsJson; " + type.getName() + " has " + methods.size());
        }
    }

    @Override
    public Answer apply(Input input) throws Throwable {
        Attempt attempt = new Attempt();
        if (input.isBytes()) return attempt.keyed("Bytes-", List.of(input.bytes())).finish();
        Object json = input.json();
        if (methods.size() == 1 && methods.get(0).acceptsJson()) return attempt.with(methods, listOf(json), true).finish();
        if (json instanceof List<?> items) attempt.keyed(keyOf(items), items);
        else attempt.keyed(OldMethod.tokenOf(json), listOf(json));
        if (json instanceof List || json instanceof Map) attempt.whole(json);
        return attempt.finish();
    }

    private static String keyOf(List<?> items) {
        StringBuilder key = new StringBuilder();
        for (Object item : items) key.append(OldMethod.tokenOf(item));
        return key.toString();
    }

    private static List<Object> listOf(Object json) {
        List<Object> one = new ArrayList<>();
        one.add(json);
        return one;
    }

    /** The tries of one call; the first that enters author code is the last. */
    private final class Attempt {
        private Answer answer;
        private Throwable failure;
        private boolean isEntered = false;

        /** By the kinds of the values, then by their number. */
        Attempt keyed(String key, List<?> values) throws Throwable {
            with(methods.stream().filter(method -> method.key().equals(key)).toList(), values, true);
            return with(methods.stream().filter(method -> method.count() == values.size()).toList(), values, false);
        }

        /** All of an array or object as one argument, when its parts could not be. */
        void whole(Object json) throws Throwable {
            if (isEntered) return;
            with(methods.stream().filter(method -> method.key().equals("Object-")).toList(), listOf(json), true);
            with(methods.stream().filter(method -> method.count() == 1).toList(), listOf(json), false);
        }

        Attempt with(List<OldMethod> candidates, List<?> values, boolean isTyped) throws Throwable {
            for (OldMethod method : candidates) {
                if (isEntered) break;
                Object[] arguments;
                try {
                    arguments = method.convert(values, isTyped, converter);
                } catch (RuntimeException error) {
                    if (failure == null) failure = error;
                    continue;
                }
                isEntered = true;
                run(method, arguments);
            }
            return this;
        }

        private void run(OldMethod method, Object[] arguments) throws Throwable {
            try {
                answer = method.answer(method.method().invoke(instance, arguments), converter);
            } catch (InvocationTargetException error) {
                throw error.getCause();
            }
        }

        Answer finish() throws Throwable {
            if (answer != null) return answer;
            throw failure == null ? new NoSuchMethodException(NO_MATCH) : failure;
        }
    }
}
