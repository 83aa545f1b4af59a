package com.algorithmia.development;

import algorist.bridge.HandlerAlgorithm;

/** Serves an algorithm: the last line of its `main`. */
public class Handler<INPUT, OUTPUT> {
    private final AbstractAlgorithm<INPUT, OUTPUT> algorithm;

    public Handler(AbstractAlgorithm<INPUT, OUTPUT> algorithm) {
        this.algorithm = algorithm;
    }

    /** Loads the algorithm and answers calls; does not return. */
    public void serve() {
        HandlerAlgorithm.serve(algorithm);
    }
}
