import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/** Makes a built folder of each case's: its classes in `target/classes`, and its other files. */
public class Prepare {
    public static void main(String[] arguments) throws IOException {
        Path out = Path.of(arguments[0]);
        String bridge = arguments[1];
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null);
            Stream<Path> cases = Files.list(Path.of("."))) {
            for (Path fixture : cases.filter(Files::isDirectory).sorted().toList()) {
                compile(compiler, files, fixture, out.resolve(fixture.getFileName()), bridge);
            }
        }
    }

    private static Path placeOf(Path name, Path out, Path classes) throws IOException {
        boolean isManifest = name.toString().equals("MANIFEST.MF");
        return (isManifest ? Files.createDirectories(classes.resolve("META-INF")) : out).resolve(name);
    }

    private static void compile(JavaCompiler compiler, StandardJavaFileManager files, Path fixture, Path out, String bridge)
        throws IOException {
        Path classes = Files.createDirectories(out.resolve("target/classes"));
        List<Path> sources = new ArrayList<>();
        try (Stream<Path> all = Files.list(fixture)) {
            for (Path file : all.toList()) {
                if (file.toString().endsWith(".java")) sources.add(file);
                else Files.copy(file, placeOf(file.getFileName(), out, classes));
            }
        }
        List<String> options = List.of("-parameters", "-cp", bridge + "/bridge.jar:" + bridge + "/drop-in.jar", "-d", classes.toString());
        boolean isCompiled = compiler.getTask(null, files, null, options, null, files.getJavaFileObjectsFromPaths(sources)).call();
        if (!isCompiled) throw new IllegalStateException(fixture + " does not compile");
    }
}
