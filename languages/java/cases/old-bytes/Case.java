package algorithmia.Case;

public class Case {
    public byte[] apply(byte[] input) {
        return input;
    }
}
