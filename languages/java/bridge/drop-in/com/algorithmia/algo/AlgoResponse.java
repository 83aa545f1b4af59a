package com.algorithmia.algo;

import algorist.bridge.Binder;
import algorist.bridge.Json;
import com.algorithmia.AlgorithmException;
import com.algorithmia.APIException;
import com.algorithmia.TypeToken;
import java.lang.reflect.Type;
import java.util.Map;

/** What a called algorithm answered: a result, or what went wrong, which reading the result throws. */
public final class AlgoResponse {
    private final Object result;
    private final Metadata metadata;
    private final AlgorithmException error;
    private final String raw;

    private AlgoResponse(Object result, Metadata metadata, AlgorithmException error, String raw) {
        this.result = result;
        this.metadata = metadata;
        this.error = error;
        this.raw = raw;
    }

    static AlgoResponse of(String body, boolean isRaw) throws APIException {
        if (isRaw) return new AlgoResponse(body, null, null, body);
        Object answer;
        try {
            answer = Json.parse(body);
        } catch (IllegalArgumentException error) {
            throw new APIException("the answer is " + error.getMessage(), error);
        }
        if (!(answer instanceof Map<?, ?> members)) throw new APIException("the answer is not a JSON object");
        Metadata metadata = members.get("metadata") instanceof Map<?, ?> found ? new Metadata(found) : null;
        AlgorithmException error = members.get("error") instanceof Map<?, ?> found ? errorOf(found) : null;
        return new AlgoResponse(members.get("result"), metadata, error, null);
    }

    private static AlgorithmException errorOf(Map<?, ?> error) {
        String stacktrace = error.get("stacktrace") instanceof String text ? text : null;
        return new AlgorithmException(String.valueOf(error.get("message")), null, stacktrace);
    }

    public boolean isSuccess() {
        return error == null;
    }

    public boolean isFailure() {
        return error != null;
    }

    public Metadata getMetadata() throws AlgorithmException {
        return orThrow(metadata);
    }

    /** The result as a type; base64 becomes a byte[]. */
    public <T> T as(Class<T> type) throws AlgorithmException {
        return bind(type);
    }

    public <T> T as(TypeToken<T> type) throws AlgorithmException {
        return bind(type.getType());
    }

    public String asJsonString() throws AlgorithmException {
        return Json.write(orThrow(result));
    }

    public String asString() throws AlgorithmException {
        return orThrow(result) instanceof String text ? text : Json.write(result);
    }

    public String getRawOutput() throws AlgorithmException {
        return orThrow(raw);
    }

    @SuppressWarnings("unchecked")
    private <T> T bind(Type type) throws AlgorithmException {
        try {
            return (T) new Binder(true).bind(orThrow(result), type);
        } catch (IllegalArgumentException wrong) {
            throw new AlgorithmException(wrong.getMessage(), wrong);
        }
    }

    private <T> T orThrow(T value) throws AlgorithmException {
        if (error != null) throw error;
        return value;
    }
}
