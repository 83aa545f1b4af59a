package algorist.bridge;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Where an algorithm's classes are: what the build wrote to `.algorist/class-path` (paths, one a line), or every jar below
 * the folder as on the old platform, and folders of compiled classes. Our stand-ins for the platform's own libraries come
 * last, so that the real ones win where an algorithm brings them.
 */
public final class ClassPath {
    private static final String LIST = ".algorist/class-path";
    private static final int MAX_DEPTH = 8;

    private ClassPath() {}

    /** The entries of the algorithm in `folder`, without ours. */
    public static List<Path> of(Path folder) {
        try {
            Path list = folder.resolve(LIST);
            if (!Files.exists(list)) return search(folder);
            return Files.readAllLines(list).stream().filter(line -> !line.isBlank()).map(folder::resolve).collect(Collectors.toList());
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    }

    private static List<Path> search(Path folder) throws IOException {
        try (Stream<Path> found = Files.walk(folder, MAX_DEPTH)) {
            return found.filter(ClassPath::isEntry).sorted().collect(Collectors.toList());
        }
    }

    private static boolean isEntry(Path path) {
        if (path.toString().endsWith(".jar")) return Files.isRegularFile(path);
        return path.endsWith(Path.of("target", "classes")) && Files.isDirectory(path);
    }

    /** A loader of these entries, below the bridge's own. */
    public static URLClassLoader loader(List<Path> entries) {
        List<URL> urls = new ArrayList<>();
        for (Path entry : entries) urls.add(url(entry));
        Path standIns = bridgeFolder().resolve("drop-in.jar");
        if (Files.exists(standIns)) urls.add(url(standIns));
        return new URLClassLoader(urls.toArray(new URL[0]), ClassPath.class.getClassLoader());
    }

    /** Where the bridge lies, as its own class path says. */
    static Path bridgeFolder() {
        String first = System.getProperty("java.class.path").split(":", 2)[0];
        return Path.of(first).toAbsolutePath().getParent();
    }

    private static URL url(Path entry) {
        try {
            return entry.toUri().toURL();
        } catch (MalformedURLException error) {
            throw new IllegalArgumentException(error);
        }
    }
}
