package app;

import com.algorithmia.Algorithmia;

public class Case {
    public String apply(String input) throws Exception {
        return Algorithmia.client().algo("util/Echo").toString();
    }
}
