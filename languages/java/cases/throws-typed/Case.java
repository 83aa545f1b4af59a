package app;

public class Case {
    public String apply(String input) {
        throw new InputError("no such thing");
    }

    public static class InputError extends RuntimeException {
        public final String error_type = "InputError";

        InputError(String message) {
            super(message);
        }
    }
}
