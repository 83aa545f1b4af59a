package algorithmia.Case;

import com.algorithmia.algo.AcceptsJson;
import com.algorithmia.algo.ReturnsJson;

public class Case {
    @AcceptsJson
    @ReturnsJson
    public String apply(String input) {
        if (input.equals("bad")) throw new IllegalStateException("no good");
        return input.startsWith("{") ? input : input.equals("quoted") ? "\"quoted\"" : "no JSON: " + input;
    }
}
