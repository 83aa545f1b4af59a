package app;

public class Case {
    public Object apply(String input) {
        return input.equals("x") ? new Thread() : input;
    }
}
