package algorithmia.ThresholdCheck;

import com.algorithmia.*;
import com.algorithmia.algo.*;
import junit.framework.TestCase;

public class ThresholdCheckSystemIT extends TestCase {
    public void testOnThePlatform() throws Exception {
        AlgorithmiaClient client = Algorithmia.client(System.getenv("ALGORITHMIA_KEY"));
        assertNotNull(client.algo("office/ThresholdCheck").pipe("{}"));
    }
}
