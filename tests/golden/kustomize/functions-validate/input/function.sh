#!/bin/sh
grep -q "kind: Service"
