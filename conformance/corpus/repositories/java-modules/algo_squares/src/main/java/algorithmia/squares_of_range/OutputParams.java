package algorithmia.squares_of_range;

import com.google.gson.JsonElement;

public class OutputParams {
    private final JsonElement squares;
    private final InputParams inputParams;

    public OutputParams(InputParams inputParams, JsonElement squares) {
        this.squares = squares;
        this.inputParams = inputParams;
    }
}
