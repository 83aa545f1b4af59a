package algorist.bridge;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What the algorithm may be called, and the account that wrote it (runtime.md 1.10). */
public record Names(List<String> algorithms, String author) {
    /** `algoname` of algorithmia.conf, the name of the record, `Algorithm`. */
    public static Names of(Path folder) throws IOException {
        Map<?, ?> conf = readConf(folder.resolve("algorithmia.conf"));
        Set<String> names = new LinkedHashSet<>();
        addText(names, conf.get("algoname"));
        addText(names, System.getenv("ALGORIST_ALGORITHM"));
        names.add("Algorithm");
        return new Names(new ArrayList<>(names), conf.get("username") instanceof String name && !name.isEmpty() ? name : null);
    }

    private static Map<?, ?> readConf(Path file) throws IOException {
        if (!Files.exists(file)) return Map.of();
        try {
            if (Json.parse(Files.readString(file)) instanceof Map<?, ?> conf) return conf;
        } catch (IllegalArgumentException error) {
            throw new IllegalArgumentException("algorithmia.conf is " + error.getMessage());
        }
        throw new IllegalArgumentException("algorithmia.conf is not a JSON object");
    }

    private static void addText(Set<String> names, Object value) {
        if (value instanceof String text && !text.isEmpty()) names.add(text);
    }
}
