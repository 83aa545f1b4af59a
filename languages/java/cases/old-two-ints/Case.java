package algorithmia.Case;

public class Case {
    public int apply(int one, int other) {
        return one + other;
    }
}
