package app;

public class Case {
    public Case() throws ClassNotFoundException {
        System.out.println("about to fail");
        Class.forName("no_such_package.Thing");
    }

    public String apply(String input) {
        return input;
    }
}
