package algorist.bridge;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.reflect.InvocationTargetException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;

/** What author code throws, as the error JSON of the protocol. */
public final class Errors {
    private static final List<String> NOT_AUTHORS =
        List.of("algorist.", "com.algorithmia.development.", "java.lang.reflect.", "jdk.internal.reflect.");

    private Errors() {}

    /**
     * Error JSON. An exception may carry `error_type` and `stacktrace` as public fields or getters (`getErrorType`,
     * `getStacktrace`), both text; they stand in for the default type and for its trace.
     */
    public static String describe(Throwable thrown, String defaultType) {
        Throwable error = unwrap(thrown);
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("message", messageOf(error));
        members.put("stacktrace", firstText(error, traceOf(error), "stacktrace", "getStacktrace"));
        members.put("error_type", firstText(error, defaultType, "error_type", "errorType", "getErrorType"));
        return Json.write(members);
    }

    /** The exception of author code behind those that only say where it was called from. */
    public static Throwable unwrap(Throwable error) {
        Throwable found = error;
        while (found.getCause() != null && isWrapper(found)) found = found.getCause();
        return found;
    }

    private static boolean isWrapper(Throwable error) {
        return error instanceof InvocationTargetException
            || error instanceof ExceptionInInitializerError
            || error instanceof ExecutionException
            || error.getClass() == CompletionException.class;
    }

    private static String messageOf(Throwable error) {
        try {
            String message = error.getMessage();
            return message == null || message.isEmpty() ? error.toString() : message;
        } catch (Throwable broken) {
            return error.getClass().getName(); // no usable getMessage or toString
        }
    }

    /** Java's own trace without the frames below author code, which are ours. */
    private static String traceOf(Throwable error) {
        try {
            Deque<Throwable> rest = new ArrayDeque<>(List.of(error));
            for (int depth = 0; depth < 20 && !rest.isEmpty(); depth++) {
                Throwable next = rest.pop();
                next.setStackTrace(framesOfAuthor(next.getStackTrace()));
                if (next.getCause() != null) rest.push(next.getCause());
            }
            StringWriter text = new StringWriter();
            error.printStackTrace(new PrintWriter(text));
            return text.toString();
        } catch (Throwable broken) {
            return error.getClass().getName();
        }
    }

    private static StackTraceElement[] framesOfAuthor(StackTraceElement[] frames) {
        int end = frames.length;
        while (end > 0 && NOT_AUTHORS.stream().anyMatch(frames[end - 1].getClassName()::startsWith)) end--;
        return java.util.Arrays.copyOf(frames, end == 0 ? frames.length : end);
    }

    private static String firstText(Throwable error, String absent, String... names) {
        for (String name : names) {
            if (Members.read(error, name) instanceof String text && !text.isEmpty()) return text;
        }
        return absent;
    }
}
