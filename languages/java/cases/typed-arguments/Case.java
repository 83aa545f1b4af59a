package app;

public class Case {
    public String apply(String text, int times) {
        return text.repeat(times);
    }
}
