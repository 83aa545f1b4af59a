package app;

public class Case {
    public String apply(String input) {
        System.out.println("last words");
        System.exit(3);
        return input;
    }
}
