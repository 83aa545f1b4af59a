#!/bin/sh
ant -f build.xml "$@"
