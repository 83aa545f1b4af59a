package app;

public class Case {
    public Object apply(Object input) {
        return input;
    }
}
