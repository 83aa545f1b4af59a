package com.algorithmia.algorithm;

import com.algorithmia.development.AbstractAlgorithm;
import com.algorithmia.development.Handler;
import com.algorithmia.development.Required;

/** Calls bring JSON such as {"first_name": "Jane"}, from which an Input is made. */
public class Algorithm extends AbstractAlgorithm<Algorithm.Input, String> {
    public static class Input {
        @Required
        public String first_name;
        public String last_name;
    }

    /** Runs once, before the first call: models and connections belong here. */
    @Override
    public void load() {}

    @Override
    public String apply(Input input) {
        String rest = input.last_name == null ? "" : " " + input.last_name;
        return "hello " + input.first_name + rest;
    }

    public static void main(String[] arguments) {
        new Handler<>(new Algorithm()).serve();
    }
}
