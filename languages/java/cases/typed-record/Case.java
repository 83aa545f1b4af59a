package app;

import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;

public class Case {
    public enum Unit { METRE, MILE }

    public record Point(double x, double y) {}

    public record Query(List<Point> points, Unit unit, BigDecimal price, long id, Optional<String> note, LocalDate day) {}

    public record Answer(int count, Unit unit, BigDecimal price, long id, Optional<String> note, LocalDate day, Point last) {}

    private String state;

    public void load() {
        state = "loaded";
    }

    public Answer apply(Query query) {
        if (!state.equals("loaded")) throw new IllegalStateException("not loaded");
        Point last = query.points().get(query.points().size() - 1);
        return new Answer(query.points().size(), query.unit(), query.price(), query.id(), query.note(), query.day(), last);
    }
}
