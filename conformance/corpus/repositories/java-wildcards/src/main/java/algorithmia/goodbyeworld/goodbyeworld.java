package algorithmia.goodbyeworld;

import com.algorithmia.*;
import com.algorithmia.algo.*;
import com.algorithmia.data.*;
import com.google.gson.*;
import java.util.*;

public class goodbyeworld {
    public String apply(String s) throws Exception {
        return "Hello " + s;
    }
}
