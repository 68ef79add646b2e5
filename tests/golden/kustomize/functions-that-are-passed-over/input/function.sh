#!/bin/sh
echo "must not run" >&2
exit 1
