package com.algorithmia;

import com.algorithmia.algo.Algorithm;
import com.algorithmia.algo.AlgorithmRef;
import com.algorithmia.data.DataDirectory;
import com.algorithmia.data.DataFile;

/** Where algorithms, files and directories are had from. */
public final class AlgorithmiaClient {
    private final Http http;

    AlgorithmiaClient(Http http) {
        this.http = http;
    }

    public Algorithm algo(String algoUri) {
        return new Algorithm(http, new AlgorithmRef(algoUri));
    }

    public DataDirectory dir(String path) {
        return new DataDirectory(http, path);
    }

    public DataFile file(String path) {
        return new DataFile(http, path);
    }

    public void close() {}
}
