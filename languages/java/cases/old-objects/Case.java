package algorithmia.Case;

import java.util.ArrayList;
import java.util.List;

public class Case {
    public static class Input {
        int rangeEnd;
        String label = "primes";
    }

    public static class Output {
        String label;
        List<Integer> primes = new ArrayList<>();
        Integer largest;
        double ratio = Double.NaN;
    }

    public Output apply(Input input) {
        Output output = new Output();
        output.label = input.label;
        for (int number = 2; number <= input.rangeEnd; number++) {
            int candidate = number;
            if (output.primes.stream().noneMatch(prime -> candidate % prime == 0)) output.primes.add(number);
        }
        return output;
    }
}
