package algorithmia.squares_of_range;

public class InputParams {
    private Integer rangeEnd;
    private Integer limit;

    public Integer getRangeEnd() {
        return rangeEnd;
    }
}
