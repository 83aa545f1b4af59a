package app;

public class Case {
    public String apply(String input) {
        System.out.write(new byte[] {(byte) 0xff, (byte) 0xfe, '\n'}, 0, 3);
        return input;
    }
}
