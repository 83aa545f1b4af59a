package algorithmia.Case;

import java.util.Map;

public class Case {
    public Map<String, Object> apply(Map<String, Object> input) {
        return input;
    }
}
