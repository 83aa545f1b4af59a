#!/bin/sh
python3 -m pytest src
