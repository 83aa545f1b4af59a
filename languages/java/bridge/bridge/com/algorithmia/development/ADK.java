package com.algorithmia.development;

import algorist.bridge.HandlerAlgorithm;

/** Serves an algorithm: the last line of its `main`, in later code. */
public class ADK<INPUT, OUTPUT> {
    private final AbstractAlgorithm<INPUT, OUTPUT> algorithm;

    public ADK(AbstractAlgorithm<INPUT, OUTPUT> algorithm) {
        this.algorithm = algorithm;
    }

    /** Loads the algorithm and answers calls; does not return. */
    public void init() {
        HandlerAlgorithm.serve(algorithm);
    }

    /** As `init()`: the input is for runs on one's own machine. */
    public void init(INPUT input) {
        init();
    }
}
