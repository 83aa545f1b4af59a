package com.algorithmia.algo;

/** The name of an algorithm, with or without `algo://`. */
public class AlgorithmRef {
    public final String algoUri;

    public AlgorithmRef(String algoUri) {
        this.algoUri = algoUri.replaceFirst("^algo://", "").replaceFirst("^/", "");
    }

    public String getUrl() {
        return "/v1/algo/" + algoUri;
    }

    @Override
    public String toString() {
        return "algo://" + algoUri;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof AlgorithmRef ref && ref.algoUri.equals(algoUri);
    }

    @Override
    public int hashCode() {
        return algoUri.hashCode();
    }
}
