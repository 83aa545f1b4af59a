package com.algorithmia.data;

import com.algorithmia.APIException;
import com.algorithmia.Http;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.stream.Collectors;

/** A file or a directory, in hosted data or behind a connector. */
public abstract class DataObject {
    public final String path;
    final Http http;

    DataObject(Http http, String path) {
        this.http = http;
        this.path = path.replaceFirst("^data://|^/", "").replaceFirst("/$", "");
    }

    public DataDirectory getParent() {
        return new DataDirectory(http, path.replaceFirst("/?[^/]+$", ""));
    }

    public String getName() {
        return path.substring(path.lastIndexOf('/') + 1);
    }

    public abstract boolean isFile();

    public boolean isDirectory() {
        return !isFile();
    }

    public boolean exists() throws APIException {
        return http.send("HEAD", getUrl()).statusCode() == 200;
    }

    public String getUrl() {
        int scheme = path.indexOf("://");
        String inside = scheme < 0 ? path : path.substring(scheme + 3);
        String prefix = scheme < 0 ? "/v1/data/" : "/v1/connector/" + encoded(path.substring(0, scheme)) + "/";
        return prefix + Arrays.stream(inside.split("/")).map(DataObject::encoded).collect(Collectors.joining("/"));
    }

    private static String encoded(String part) {
        return URLEncoder.encode(part, StandardCharsets.UTF_8).replace("+", "%20");
    }

    @Override
    public String toString() {
        return path.contains("://") ? path : "data://" + path;
    }
}
