package algorist.bridge;

import java.lang.reflect.Method;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;

/** For builds: says what a built folder has to call, without running any of it. Ends with code 1 when there is nothing. */
public final class Check {
    private Check() {}

    public static void main(String[] arguments) throws Exception {
        Path folder = Path.of("").toAbsolutePath();
        var classPath = ClassPath.of(folder);
        try {
            Entry entry = Entry.find(Names.of(folder), classPath, ClassPath.loader(classPath));
            System.out.println("algorithm: " + describe(entry));
        } catch (ClassNotFoundException | IllegalArgumentException | LinkageError error) {
            System.out.println(error instanceof LinkageError ? error.toString() : error.getMessage());
            System.exit(1);
        }
    }

    private static String describe(Entry entry) {
        String name = entry.type().getName();
        if (entry.kind() == Entry.Kind.MAIN) return "main of " + name;
        String methods = Arrays.stream(entry.type().getMethods())
            .filter(method -> method.getName().equals("apply") && !method.isBridge())
            .map(Check::signature).sorted().collect(Collectors.joining(", "));
        if (methods.isEmpty()) {
            throw new IllegalArgumentException(
                name + " has no public method apply; expected one, such as: public String apply(String input)");
        }
        return name + ", " + methods;
    }

    private static String signature(Method method) {
        return method.getReturnType().getSimpleName() + " apply("
            + Arrays.stream(method.getParameterTypes()).map(Class::getSimpleName).collect(Collectors.joining(", ")) + ")";
    }
}
