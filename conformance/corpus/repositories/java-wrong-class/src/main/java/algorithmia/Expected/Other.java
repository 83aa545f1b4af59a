package algorithmia.Expected;

public class Other {
    public String apply(String s) {
        return s;
    }
}
