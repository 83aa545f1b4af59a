package algorithmia.squares_of_range;

public class squares_of_range {
    public String apply(String s) throws Exception {
        return "Hello " + s;
    }
}
