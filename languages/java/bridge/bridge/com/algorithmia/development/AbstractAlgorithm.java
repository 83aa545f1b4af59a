package com.algorithmia.development;

/** What an algorithm of the environment "Java 11" extends. */
public abstract class AbstractAlgorithm<INPUT, OUTPUT> {
    /** Answers one call. */
    public abstract OUTPUT apply(INPUT input);

    /** Runs once, before the first call. */
    public void load() {}
}
