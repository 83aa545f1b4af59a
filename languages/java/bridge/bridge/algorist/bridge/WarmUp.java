package algorist.bridge;

/** Loads what most algorithms use, while a worker that was started ahead waits for one. */
final class WarmUp {
    private static final String[] CLASSES = {
        "java.lang.reflect.Proxy", "java.net.URLClassLoader", "java.util.jar.JarFile", "java.util.jar.Manifest",
        "java.util.concurrent.CompletableFuture", "java.util.regex.Pattern", "java.util.stream.Collectors",
        "java.math.BigDecimal", "java.util.Base64", "java.nio.file.Files",
    };

    private WarmUp() {}

    static void run() {
        for (String name : CLASSES) load(name);
        Json.parse(Json.write(Json.parse("{\"a\":[1,2.5,\"b\\n\",true,null]}")));
        JavaLoader.warmUp();
    }

    private static void load(String name) {
        try {
            Class.forName(name);
        } catch (ClassNotFoundException error) {
            // Another Java may lack it, and then nobody needs it here.
        }
    }
}
