/** Runs cases in turn and prints each as the line that lib/cases.ts reads. */
final class Report {
    interface Case {
        void run() throws Exception;
    }

    private int reported = 0;
    private boolean green = true;

    void check(String name, Case body) {
        reported += 1;
        try {
            body.run();
            System.out.println("ok " + name);
        } catch (Throwable failure) {
            green = false;
            System.out.println("not ok " + name + ": " + failure.toString().replaceAll("\\s+", " "));
        }
    }

    /** Prints the end and ends the process; the client's threads would keep it alive. */
    void close() {
        System.out.println("cases " + reported);
        System.exit(green ? 0 : 1);
    }

    static void equal(Object expected, Object actual) {
        if (!java.util.Objects.deepEquals(expected, actual)) {
            throw new AssertionError("expected " + expected + ", got " + actual);
        }
    }

    static void isTrue(boolean condition, Object otherwise) {
        if (!condition) throw new AssertionError(otherwise);
    }
}
