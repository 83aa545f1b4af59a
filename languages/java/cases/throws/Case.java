package app;

public class Case {
    public String apply(String input) {
        if (input.equals("x")) throw new IllegalArgumentException("x");
        return input;
    }
}
