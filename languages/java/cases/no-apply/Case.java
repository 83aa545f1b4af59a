package algorithmia.Case;

public class Case {
    public String run(String input) {
        return input;
    }
}
