package app;

public class Case {
    static {
        System.out.println("loading");
    }

    public String apply(String input) {
        System.out.println("out " + input);
        System.err.println("err " + input);
        System.out.print("no line end");
        return input;
    }
}
