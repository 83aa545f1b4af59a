package com.algorithmia.algorithm;

import com.algorithmia.development.AbstractAlgorithm;
import com.algorithmia.development.Handler;
import com.algorithmia.development.Required;

public class Algorithm extends AbstractAlgorithm<Algorithm.Input, String> {
    public static class Input {
        @Required
        String first_name;
    }

    private String greeting;

    @Override
    public void load() {
        greeting = "hello ";
    }

    @Override
    public String apply(Input input) {
        if (input.first_name.isEmpty()) throw new IllegalStateException("nobody");
        return greeting + input.first_name;
    }

    public static void main(String[] arguments) {
        new Handler<>(new Algorithm()).serve();
    }
}
