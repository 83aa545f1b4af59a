package algorist.bridge;

/** Starts a Java worker: frames on descriptor 3, the algorithm in the working directory (languages/PROTOCOL.md). */
public final class Main {
    private Main() {}

    public static void main(String[] arguments) {
        Worker.run(arguments, new JavaLoader());
    }
}
