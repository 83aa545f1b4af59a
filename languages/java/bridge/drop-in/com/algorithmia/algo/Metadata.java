package com.algorithmia.algo;

import java.util.Map;

/** What the platform says about a result. */
public final class Metadata {
    private final Map<?, ?> members;

    Metadata(Map<?, ?> members) {
        this.members = members;
    }

    public ContentType getContentType() {
        return ContentType.fromString(String.valueOf(members.get("content_type")));
    }

    /** In seconds. */
    public Double getDuration() {
        return members.get("duration") instanceof Number number ? number.doubleValue() : null;
    }

    public String getStdout() {
        return members.get("stdout") instanceof String text ? text : null;
    }
}
