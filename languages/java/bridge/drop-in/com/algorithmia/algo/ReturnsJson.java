package com.algorithmia.algo;

import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;

/** An `apply` whose String is JSON. */
@Retention(RetentionPolicy.RUNTIME)
public @interface ReturnsJson {}
