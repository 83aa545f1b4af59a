package algorithmia.squares_of_range;

import org.example.squares.Squares;

public class squares_of_range {
    private final Squares squares = new Squares();

    public OutputParams apply(InputParams input) {
        return new OutputParams(input, squares.upTo(input.getRangeEnd()));
    }
}
