package app;

public class Case {
    public String apply(String input) {
        throw new Traced();
    }

    public static class Traced extends RuntimeException {
        Traced() {
            super("no");
        }

        public String getStacktrace() {
            return "only this";
        }
    }
}
