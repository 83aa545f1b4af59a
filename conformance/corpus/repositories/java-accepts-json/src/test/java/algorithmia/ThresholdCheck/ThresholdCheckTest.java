package algorithmia.ThresholdCheck;

import junit.framework.TestCase;

public class ThresholdCheckTest extends TestCase {
    public void testTriggered() {
        assertTrue(new ThresholdCheck().check("{\"value1\":\"9\",\"value2\":\"1\",\"threshold\":\"2\"}").triggered);
    }
}
