package com.algorithmia.algo;

/** Kind of a result. */
public enum ContentType {
    Void,
    Text,
    Json,
    Binary;

    public static ContentType fromString(String name) {
        for (ContentType type : values()) if (type.toString().equals(name)) return type;
        return Json;
    }

    @Override
    public String toString() {
        return name().toLowerCase();
    }
}
