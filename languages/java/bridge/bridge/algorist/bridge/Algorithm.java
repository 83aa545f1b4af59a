package algorist.bridge;

/** A loaded algorithm: what answers calls, one at a time, for the worker's life. */
public interface Algorithm {
    /** @throws Throwable whatever author code throws; it becomes the call's error */
    Answer apply(Input input) throws Throwable;

    /** `error_type` of an exception that carries none of its own. */
    default String errorTypeOf(Throwable error) {
        return "AlgorithmError";
    }
}
