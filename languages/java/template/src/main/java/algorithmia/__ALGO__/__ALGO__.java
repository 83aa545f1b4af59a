package algorithmia.__ALGO__;

public class __ALGO__ {
    // Each call runs one public method named apply, chosen by what it sends. Fields live as long as the worker.
    public String apply(String name) {
        return "Hello " + name;
    }
}
