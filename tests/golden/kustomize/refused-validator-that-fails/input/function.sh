#!/bin/sh
echo "no owner" >&2
exit 1
