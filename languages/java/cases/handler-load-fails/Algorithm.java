package com.algorithmia.algorithm;

import com.algorithmia.development.ADK;
import com.algorithmia.development.AbstractAlgorithm;

public class Algorithm extends AbstractAlgorithm<byte[], byte[]> {
    @Override
    public void load() {
        throw new IllegalStateException("no model");
    }

    @Override
    public byte[] apply(byte[] input) {
        return input;
    }

    public static void main(String[] arguments) {
        new ADK<>(new Algorithm()).init();
    }
}
