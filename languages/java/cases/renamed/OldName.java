package algorithmia.OldName;

public class OldName {
    public String apply(String input) {
        return "old name";
    }
}
