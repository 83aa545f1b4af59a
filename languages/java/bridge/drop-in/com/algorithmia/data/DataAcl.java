package com.algorithmia.data;

import java.util.List;
import java.util.Map;

/** Who may read a directory. */
public class DataAcl {
    public static final DataAcl PUBLIC = new DataAcl(DataAclType.PUBLIC);
    public static final DataAcl PRIVATE = new DataAcl(DataAclType.PRIVATE);
    public static final DataAcl MY_ALGOS = new DataAcl(DataAclType.MY_ALGOS);
    private final DataAclType read;

    public DataAcl(DataAclType read) {
        this.read = read;
    }

    static DataAcl of(Map<?, ?> acl) {
        List<?> read = acl.get("read") instanceof List<?> list ? list : List.of();
        return new DataAcl(DataAclType.fromAclStrings(read.stream().map(String::valueOf).toList()));
    }

    Map<String, Object> members() {
        return Map.of("read", read.getAclStrings());
    }

    public DataAclType getReadPermissions() {
        return read;
    }
}
