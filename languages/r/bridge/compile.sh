#!/bin/sh
# Compiles the bridge in the folder $1: the part in C, and the package `algorithmia` into a library of its own.
set -e
bridge="$1"
R=/usr/bin/R

headers=$("$R" --no-echo --vanilla -e 'cat(R.home("include"))')
gcc -O2 -fPIC -shared -Wall -I"$headers" "$bridge"/native/*.c -o "$bridge/algorist.so"
mkdir -p "$bridge/library"
log=$("$R" CMD INSTALL --no-test-load --no-docs --library="$bridge/library" "$bridge/algorithmia" 2>&1) || {
  echo "$log" >&2
  exit 1
}
