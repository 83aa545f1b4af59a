package algorithmia.squares_of_range;

import com.google.gson.Gson;
import org.example.squares.Squares;

public class squares_of_range {
    private final Squares squares = new Squares();

    public OutputParams apply(InputParams input) {
        return new OutputParams(input, new Gson().toJsonTree(squares.upTo(input.getRangeEnd())));
    }
}
