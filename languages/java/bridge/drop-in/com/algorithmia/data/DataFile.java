package com.algorithmia.data;

import com.algorithmia.APIException;
import com.algorithmia.Http;
import java.io.File;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.StandardCopyOption;

/** A file. */
public class DataFile extends DataObject {
    public DataFile(Http http, String path) {
        super(http, path);
    }

    @Override
    public boolean isFile() {
        return true;
    }

    /** A copy in a temporary file. */
    public File getFile() throws APIException, IOException {
        File file = File.createTempFile("algorithm", getName());
        try (InputStream body = getInputStream()) {
            Files.copy(body, file.toPath(), StandardCopyOption.REPLACE_EXISTING);
        }
        return file;
    }

    public InputStream getInputStream() throws APIException, IOException {
        return http.sendWell("GET", getUrl()).body();
    }

    public String getString() throws IOException {
        return getString(StandardCharsets.UTF_8);
    }

    public String getString(Charset charset) throws IOException {
        return new String(getBytes(), charset);
    }

    public byte[] getBytes() throws IOException {
        try (InputStream body = getInputStream()) {
            return body.readAllBytes();
        }
    }

    public void put(String text) throws APIException {
        put(text, StandardCharsets.UTF_8);
    }

    public void put(String text, Charset charset) throws APIException {
        put("text/plain; charset=" + charset.name().toLowerCase(), BodyPublishers.ofString(text, charset));
    }

    public void put(byte[] bytes) throws APIException {
        put("application/octet-stream", BodyPublishers.ofByteArray(bytes));
    }

    public void put(InputStream stream) throws APIException {
        put("application/octet-stream", BodyPublishers.ofInputStream(() -> stream));
    }

    public void put(File file) throws APIException, FileNotFoundException {
        put("application/octet-stream", BodyPublishers.ofFile(file.toPath()));
    }

    public void delete() throws APIException {
        http.sendWell("DELETE", getUrl());
    }

    private void put(String contentType, BodyPublisher body) throws APIException {
        http.sendWell("PUT", getUrl(), contentType, body);
    }
}
