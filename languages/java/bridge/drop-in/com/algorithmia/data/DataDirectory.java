package com.algorithmia.data;

import algorist.bridge.Json;
import com.algorithmia.APIException;
import com.algorithmia.Http;
import java.io.File;
import java.io.FileNotFoundException;
import java.net.URLEncoder;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** A directory. */
public class DataDirectory extends DataObject {
    private static final int MAX_PAGES = 100_000;

    public DataDirectory(Http http, String path) {
        super(http, path);
    }

    @Override
    public boolean isFile() {
        return false;
    }

    public Iterable<DataFile> files() throws APIException {
        return list("files", "filename", name -> new DataFile(http, path + "/" + name));
    }

    public Iterable<DataDirectory> dirs() throws APIException {
        return list("folders", "name", name -> new DataDirectory(http, path.isEmpty() ? name : path + "/" + name));
    }

    public DataFile file(String name) {
        return new DataFile(http, path + "/" + name);
    }

    public DataFile putFile(File file) throws APIException, FileNotFoundException {
        DataFile target = file(file.getName());
        target.put(file);
        return target;
    }

    public void create() throws APIException {
        create(null);
    }

    public void create(DataAcl acl) throws APIException {
        Map<String, Object> body = new HashMap<>();
        body.put("name", getName());
        if (acl != null) body.put("acl", acl.members());
        http.sendWell("POST", getParent().getUrl(), "application/json", BodyPublishers.ofString(Json.write(body)));
    }

    public void delete(boolean force) throws APIException {
        http.sendWell("DELETE", getUrl() + "?force=" + force);
    }

    public DataAcl getPermissions() throws APIException {
        return page("?acl=true").get("acl") instanceof Map<?, ?> acl ? DataAcl.of(acl) : null;
    }

    public boolean updatePermissions(DataAcl acl) throws APIException {
        String body = Json.write(Map.of("acl", acl.members()));
        http.sendWell("PATCH", getUrl(), "application/json", BodyPublishers.ofString(body));
        return true;
    }

    private <T> List<T> list(String member, String nameOf, Function<String, T> make) throws APIException {
        List<T> found = new ArrayList<>();
        String query = "";
        for (int pages = 0; pages < MAX_PAGES; pages++) {
            Map<?, ?> page = page(query);
            if (page.get(member) instanceof List<?> items) {
                for (Object item : items) found.add(make.apply((String) ((Map<?, ?>) item).get(nameOf)));
            }
            if (!(page.get("marker") instanceof String marker)) break;
            query = "?marker=" + URLEncoder.encode(marker, StandardCharsets.UTF_8);
        }
        return found;
    }

    private Map<?, ?> page(String query) throws APIException {
        return (Map<?, ?>) Json.parse(Http.textOf(http.sendWell("GET", getUrl() + query)));
    }
}
