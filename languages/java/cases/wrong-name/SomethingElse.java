package app;

public class SomethingElse {
    public String apply(String input) {
        return input;
    }
}
