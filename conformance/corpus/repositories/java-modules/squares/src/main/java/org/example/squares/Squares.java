package org.example.squares;

import java.util.ArrayList;
import java.util.List;

public class Squares {
    public List<Integer> upTo(int end) {
        List<Integer> squares = new ArrayList<>();
        for (int i = 1; i <= end; i++) squares.add(i * i);
        return squares;
    }
}
