package algorithmia.squares_of_range;

import java.util.List;

public class OutputParams {
    private final List<Integer> squares;
    private final InputParams inputParams;

    public OutputParams(InputParams inputParams, List<Integer> squares) {
        this.squares = squares;
        this.inputParams = inputParams;
    }
}
