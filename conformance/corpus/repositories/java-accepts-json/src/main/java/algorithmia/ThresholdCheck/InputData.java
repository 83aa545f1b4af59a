package algorithmia.ThresholdCheck;

public class InputData {
    public String value1 = "";
    public String value2 = "";
    public String threshold = "";
    public Object metaData = "{}";
}
