package algorithmia.Case;

public class Case {
    private int count = 0;

    public String apply(String input) {
        count++;
        if (input.equals("count")) return String.valueOf(count);
        throw new ClassCastException("of the author");
    }
}
