package algorithmia.visual.PictureOf;

import com.algorithmia.*;
import com.algorithmia.algo.*;
import java.net.*;
import java.util.*;

/**
 * This class defines your algorithm, and its input/output.
 */
public class PictureOf {
    // The input and output of apply() automatically turns into JSON
    public String apply(String page, String where, int width, int height) throws Exception {
        URL url = new URL(page);
        System.out.println(where);
        return url.getHost() + url.getPath().replace("/", "-") + " " + width + "x" + height;
    }
}
