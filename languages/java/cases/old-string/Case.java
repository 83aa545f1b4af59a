package algorithmia.Case;

public class Case {
    public String apply(String input) {
        return String.valueOf(input);
    }
}
