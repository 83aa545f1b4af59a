package app;

public class Case {
    private int count = 0;

    public int apply(String input) {
        return ++count;
    }
}
