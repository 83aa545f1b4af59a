package algorithmia.Case;

import java.util.Map;

public class Case {
    public String apply(String url, int depth, boolean deep, Map<String, String> options) {
        return url + " " + depth + " " + deep + " " + options.get("a");
    }
}
