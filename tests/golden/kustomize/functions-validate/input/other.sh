#!/bin/sh
sed -n "1,/^items:/p" | sed "s/^items:/items: []/"
