package algorist.bridge;

import java.io.File;
import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.Type;
import java.nio.file.Files;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;

/** Values between JSON and author code, by the algorithm's own gson where that is asked for and there. */
public class Converter {
    private final Gson gson;
    private final Binder binder;
    private final boolean isOld;

    private Converter(Gson gson, Binder binder, boolean isOld) {
        this.gson = gson;
        this.binder = binder;
        this.isOld = isOld;
    }

    /** For languages that build on this bridge: what is not of their own kind is converted as `other` does. */
    protected Converter(Converter other) {
        this(other.gson, other.binder, other.isOld);
    }

    /** As on the old platform: by gson, or by its rules where the algorithm has none. NaN is a text. */
    public static Converter old(ClassLoader loader) {
        return new Converter(Gson.of(loader), new Binder(true), true);
    }

    /** By our own rules, which keep digits; gson's trees alone are gson's. NaN is an error. */
    public static Converter modern(ClassLoader loader) {
        return new Converter(Gson.of(loader), new Binder(false), false);
    }

    /** Types of a method's parameters; a language that knows more of them than Java's reflection says it here. */
    public Type[] parametersOf(Method method) {
        return method.getGenericParameterTypes();
    }

    /** @throws RuntimeException for what does not fit the type */
    public Object read(Object json, Type type) {
        boolean isGsons = gson != null && (isOld || Gson.isElementType(Binder.rawType(type)));
        return isGsons ? gson.read(Json.write(json), type) : binder.bind(json, type);
    }

    /** JSON text of a value that is declared as `type`. */
    public String write(Object value, Type type) {
        if (gson != null && isOld && value != null) return gson.write(value, type == Object.class ? value.getClass() : type);
        return (isOld ? new OldWriter() : new JsonWriter()).write(value);
    }

    /** What `apply` returned as an answer (runtime.md 3.2): text, bytes, a file's bytes (it is deleted), or JSON. */
    public Answer answer(Object returned, Type declared) throws Exception {
        Object value = awaited(returned);
        if (value instanceof String text) return Answer.text(text);
        if (value instanceof byte[] bytes) return Answer.bytes(bytes);
        if (value instanceof File file) return Answer.bytes(taken(file));
        return Answer.json(write(value, value == returned ? declared : value == null ? Object.class : value.getClass()));
    }

    private static Object awaited(Object returned) throws Exception {
        if (returned instanceof CompletionStage<?> stage) return stage.toCompletableFuture().get();
        return returned instanceof Future<?> future ? future.get() : returned;
    }

    private static byte[] taken(File file) throws IOException {
        byte[] bytes = Files.readAllBytes(file.toPath());
        Files.deleteIfExists(file.toPath());
        return bytes;
    }

    private static final class OldWriter extends JsonWriter {
        @Override
        protected String notANumber(Number value) {
            return Json.quote(value.toString());
        }
    }
}
