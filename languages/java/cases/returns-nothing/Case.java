package app;

public class Case {
    public void apply(String input) {}
}
