package com.algorithmia.data;

import java.util.List;

/** Readers, as the API names them. */
public class DataAclType {
    public static final String PUBLIC_PERMISSIONS = "user://*";
    public static final String MY_ALGOS_PERMISSIONS = "algo://.my/*";
    public static DataAclType PRIVATE = new DataAclType(List.of());
    public static DataAclType PUBLIC = new DataAclType(List.of(PUBLIC_PERMISSIONS));
    public static DataAclType MY_ALGOS = new DataAclType(List.of(MY_ALGOS_PERMISSIONS));
    private final List<String> readers;

    public DataAclType(List<String> readers) {
        this.readers = readers;
    }

    public static DataAclType fromAclStrings(List<String> readers) {
        for (DataAclType known : List.of(PRIVATE, PUBLIC, MY_ALGOS)) if (known.readers.equals(readers)) return known;
        return new DataAclType(readers);
    }

    public List<String> getAclStrings() {
        return readers;
    }
}
