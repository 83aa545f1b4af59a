package algorithmia.helloworld;

import junit.framework.TestCase;

public class HelloWorldTest extends TestCase {
    private final HelloWorld underTest = new HelloWorld();

    public void testHello() throws Exception {
        assertEquals("Hello Bob", underTest.apply("Bob"));
    }
}
