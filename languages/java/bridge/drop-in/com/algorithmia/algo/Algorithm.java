package com.algorithmia.algo;

import algorist.bridge.Json;
import com.algorithmia.APIException;
import com.algorithmia.Http;
import java.net.URLEncoder;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;

/** An algorithm that can be called. */
public final class Algorithm {
    /** How the result is wanted. */
    public enum AlgorithmOutputType {
        RAW("raw"),
        VOID("void"),
        DEFAULT("default");

        private final String parameter;

        AlgorithmOutputType(String parameter) {
            this.parameter = parameter;
        }

        @Override
        public String toString() {
            return parameter;
        }
    }

    private final Http http;
    private final AlgorithmRef ref;
    private final Map<String, String> options;

    public Algorithm(Http http, AlgorithmRef ref) {
        this(http, ref, Map.of());
    }

    private Algorithm(Http http, AlgorithmRef ref, Map<String, String> options) {
        this.http = http;
        this.ref = ref;
        this.options = new TreeMap<>(options);
    }

    public Algorithm setOptions(Map<String, String> more) {
        Map<String, String> all = new TreeMap<>(options);
        all.putAll(more);
        return new Algorithm(http, ref, all);
    }

    public Algorithm setOption(String name, String value) {
        return setOptions(Map.of(name, value));
    }

    public Algorithm setTimeout(Long timeout, TimeUnit unit) {
        return setOption("timeout", Long.toString(unit.toSeconds(timeout)));
    }

    /** In seconds. */
    public Long getTimeout() {
        return options.containsKey("timeout") ? Long.valueOf(options.get("timeout")) : 300L;
    }

    public Algorithm setStdout(boolean stdout) {
        return setOption("stdout", Boolean.toString(stdout));
    }

    public Algorithm setOutputType(AlgorithmOutputType type) {
        return setOption("output", type.toString());
    }

    /** Calls it: a String is text, a byte[] bytes, anything else JSON. @throws APIException when the platform does not answer */
    public AlgoResponse pipe(Object input) throws APIException {
        if (input instanceof String text) return call("text/plain", BodyPublishers.ofString(text));
        if (input instanceof byte[] bytes) return call("application/octet-stream", BodyPublishers.ofByteArray(bytes));
        return pipeJson(Json.write(input));
    }

    public AlgoResponse pipeJson(String json) throws APIException {
        return call("application/json", BodyPublishers.ofString(json));
    }

    public FutureAlgoResponse pipeAsync(Object input) {
        return later(() -> pipe(input));
    }

    public FutureAlgoResponse pipeJsonAsync(String json) {
        return later(() -> pipeJson(json));
    }

    private interface Call {
        AlgoResponse make() throws APIException;
    }

    private static FutureAlgoResponse later(Call call) {
        return new FutureAlgoResponse(CompletableFuture.supplyAsync(() -> {
            try {
                return call.make();
            } catch (APIException error) {
                throw new CompletionException(error);
            }
        }));
    }

    private AlgoResponse call(String contentType, BodyPublisher body) throws APIException {
        var response = http.send("POST", ref.getUrl() + query(), contentType + "; charset=utf-8", body);
        return AlgoResponse.of(Http.textOf(response), "raw".equals(options.get("output")));
    }

    private String query() {
        StringBuilder query = new StringBuilder();
        options.forEach((name, value) -> query.append(query.length() == 0 ? '?' : '&')
            .append(URLEncoder.encode(name, StandardCharsets.UTF_8)).append('=').append(URLEncoder.encode(value, StandardCharsets.UTF_8)));
        return query.toString();
    }

    @Override
    public String toString() {
        return ref.toString();
    }
}
