package algorist.bridge;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.stream.Stream;

/** What can be seen in a class path without loading classes: names, and the manifests' main classes. */
record Jars(List<String> mainClasses, List<String> classes) {
    static Jars read(List<Path> classPath) {
        Jars found = new Jars(new ArrayList<>(), new ArrayList<>());
        try {
            for (Path entry : classPath) {
                if (Files.isDirectory(entry)) found.readFolder(entry);
                else if (Files.exists(entry)) found.readJar(entry);
            }
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
        return found;
    }

    /** Full names of the classes of that simple name, in the order of the class path, nested ones left out. */
    List<String> classesNamed(String simpleName) {
        List<String> found = new ArrayList<>();
        for (String name : classes) if (name.equals(simpleName) || name.endsWith("." + simpleName)) found.add(name);
        return found;
    }

    private void readFolder(Path folder) throws IOException {
        Path manifest = folder.resolve("META-INF/MANIFEST.MF");
        if (Files.exists(manifest)) {
            try (InputStream in = Files.newInputStream(manifest)) {
                addMain(new Manifest(in));
            }
        }
        try (Stream<Path> files = Files.walk(folder)) {
            files.map(file -> folder.relativize(file).toString()).sorted().forEach(this::addClass);
        }
    }

    private void readJar(Path file) throws IOException {
        try (JarFile jar = new JarFile(file.toFile(), false)) {
            if (jar.getManifest() != null) addMain(jar.getManifest());
            jar.stream().forEach(entry -> addClass(entry.getName()));
        }
    }

    private void addMain(Manifest manifest) {
        String main = manifest.getMainAttributes().getValue("Main-Class");
        if (main != null) mainClasses.add(main);
    }

    private void addClass(String path) {
        if (path.endsWith(".class") && !path.startsWith("META-INF/")) {
            classes.add(path.substring(0, path.length() - ".class".length()).replace('/', '.'));
        }
    }
}
