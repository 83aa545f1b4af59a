package app;

public class Case {
    public String apply(String input) {
        System.out.print("x".repeat(5 * 1024 * 1024));
        return input;
    }
}
