package algorithmia.__ALGO__;

import static org.junit.Assert.assertEquals;

import org.junit.Test;

public class __ALGO__Test {
    @Test
    public void greets() {
        assertEquals("Hello Jane", new __ALGO__().apply("Jane"));
    }
}
