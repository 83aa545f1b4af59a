package com.algorithmia;

import com.algorithmia.algo.Algorithm;
import com.algorithmia.data.DataDirectory;
import com.algorithmia.data.DataFile;

/** Our stand-in for the official client, for algorithms that do not bring it: the same classes, over Java's own HTTP. */
public final class Algorithmia {
    private Algorithmia() {}

    /** The client of a running algorithm: the platform knows who calls. */
    public static AlgorithmiaClient client() {
        return client(null, null);
    }

    public static AlgorithmiaClient client(int maxConnections) {
        return client();
    }

    public static AlgorithmiaClient client(String simpleKey) {
        return client(simpleKey, null);
    }

    public static AlgorithmiaClient client(String simpleKey, int maxConnections) {
        return client(simpleKey, null);
    }

    public static AlgorithmiaClient client(String simpleKey, String apiAddress, int maxConnections) {
        return client(simpleKey, apiAddress);
    }

    /** Null for either means what the environment says. */
    public static AlgorithmiaClient client(String simpleKey, String apiAddress) {
        return new AlgorithmiaClient(new Http(simpleKey, apiAddress));
    }

    public static Algorithm algo(String algoUri) {
        return client().algo(algoUri);
    }

    public static DataDirectory dir(String path) {
        return client().dir(path);
    }

    public static DataFile file(String path) {
        return client().file(path);
    }
}
