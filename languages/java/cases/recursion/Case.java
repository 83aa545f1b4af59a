package app;

public class Case {
    public String apply(String input) {
        return input.equals("deep") ? apply(input) + "x" : input;
    }
}
