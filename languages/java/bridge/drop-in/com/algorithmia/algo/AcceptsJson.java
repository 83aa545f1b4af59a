package com.algorithmia.algo;

import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;

/** An `apply` that takes any JSON, text unquoted. */
@Retention(RetentionPolicy.RUNTIME)
public @interface AcceptsJson {}
