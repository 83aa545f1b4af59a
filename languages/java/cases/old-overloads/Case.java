package algorithmia.Case;

public class Case {
    public String apply(String input) {
        return "String";
    }

    public String apply(double input) {
        return "double";
    }

    public String apply(int input) {
        return "int";
    }

    public String apply(String one, String other) {
        return "String,String";
    }

    public String apply(int[] numbers) {
        return "int[]";
    }
}
