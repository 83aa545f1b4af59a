package com.algorithmia.algorithm;

import static org.junit.Assert.assertEquals;

import org.junit.Test;

public class AlgorithmTest {
    @Test
    public void greets() {
        Algorithm.Input input = new Algorithm.Input();
        input.first_name = "Jane";
        assertEquals("hello Jane", new Algorithm().apply(input));
    }
}
