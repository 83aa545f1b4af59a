package algorithmia.Case;

import java.util.List;

public class Case {
    public double apply(List<Integer> numbers) {
        return numbers.stream().mapToInt(Integer::intValue).sum();
    }
}
