package com.algorithmia;

/** A called algorithm failed. */
public class AlgorithmException extends Exception {
    private static final long serialVersionUID = 1;
    /** Of the algorithm that was called; null when it has none. */
    public final String stacktrace;

    public AlgorithmException(String message) {
        this(message, null, null);
    }

    public AlgorithmException(String message, Throwable cause) {
        super(message, cause);
        this.stacktrace = null;
    }

    public AlgorithmException(Throwable cause) {
        super(cause);
        this.stacktrace = null;
    }

    public AlgorithmException(String message, AlgorithmException cause, String stacktrace) {
        super(message, cause);
        this.stacktrace = stacktrace;
    }
}
