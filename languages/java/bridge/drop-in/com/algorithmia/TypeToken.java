package com.algorithmia;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;

/** A type with its type arguments: `new TypeToken<List<Integer>>(){}`. */
public class TypeToken<T> {
    private final Type type;

    protected TypeToken() {
        this.type = ((ParameterizedType) getClass().getGenericSuperclass()).getActualTypeArguments()[0];
    }

    public final Type getType() {
        return type;
    }
}
