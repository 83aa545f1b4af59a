package com.algorithmia;

import java.io.IOException;

/** The platform refused, or could not be reached. */
public class APIException extends IOException {
    private static final long serialVersionUID = 1;

    public APIException(String message) {
        super(message);
    }

    public APIException(String message, Throwable cause) {
        super(message, cause);
    }
}
