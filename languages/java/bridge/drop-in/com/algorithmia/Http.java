package com.algorithmia;

import algorist.bridge.Json;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** Requests to the platform's API. */
public final class Http {
    private static final String NOBODY = "";
    private final String key;
    private final String address;
    private HttpClient client;

    /** Null for either means what the environment says: `ALGORITHMIA_API_KEY`, `ALGORITHMIA_API`. */
    Http(String key, String address) {
        this.key = key != null ? key : text("ALGORITHMIA_API_KEY", NOBODY);
        this.address = (address != null ? address : text("ALGORITHMIA_API", "https://api.algorithmia.com")).replaceAll("/+$", "");
    }

    private static String text(String name, String absent) {
        String property = System.getProperty(name);
        String value = property != null ? property : System.getenv(name);
        return value == null || value.isEmpty() ? absent : value;
    }

    /** @throws APIException when there is no answer; what the answer's status means is the caller's */
    public HttpResponse<InputStream> send(String method, String path, String contentType, BodyPublisher body) throws APIException {
        try {
            var request = HttpRequest.newBuilder(URI.create(address + path)).method(method, body);
            if (contentType != null) request.header("Content-Type", contentType);
            if (!key.isEmpty()) request.header("Authorization", key.startsWith("Bearer ") ? key : "Simple " + key);
            return client().send(request.build(), BodyHandlers.ofInputStream());
        } catch (IOException error) {
            throw new APIException(method + " " + path + " has no answer: " + error, error);
        } catch (InterruptedException error) {
            Thread.currentThread().interrupt();
            throw new APIException("interrupted", error);
        }
    }

    public HttpResponse<InputStream> send(String method, String path) throws APIException {
        return send(method, path, null, BodyPublishers.noBody());
    }

    /** @throws APIException with the platform's message, unless it answered that all is well */
    public HttpResponse<InputStream> sendWell(String method, String path, String contentType, BodyPublisher body) throws APIException {
        var response = send(method, path, contentType, body);
        if (response.statusCode() < 300) return response;
        throw new APIException(messageOf(response));
    }

    public HttpResponse<InputStream> sendWell(String method, String path) throws APIException {
        return sendWell(method, path, null, BodyPublishers.noBody());
    }

    /** The whole body as text. */
    public static String textOf(HttpResponse<InputStream> response) throws APIException {
        try (InputStream body = response.body()) {
            return new String(body.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException error) {
            throw new APIException("the answer ended early: " + error, error);
        }
    }

    private static String messageOf(HttpResponse<InputStream> response) throws APIException {
        String text = textOf(response);
        try {
            boolean isError = Json.parse(text) instanceof Map<?, ?> all && all.get("error") instanceof Map<?, ?>;
            if (isError) return String.valueOf(((Map<?, ?>) ((Map<?, ?>) Json.parse(text)).get("error")).get("message"));
        } catch (IllegalArgumentException error) {
            // Told as it is.
        }
        return "status " + response.statusCode() + (text.isEmpty() ? "" : ": " + text);
    }

    private synchronized HttpClient client() {
        if (client == null) client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        return client;
    }
}
