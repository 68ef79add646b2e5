#!/bin/sh
cat <<EOF
# a comment
kind: List
items:
- apiVersion: v1
  kind: ConfigMap
  metadata: {name: a} # with a comment
- {}
- apiVersion: v1
  kind: ConfigMap
  metadata: {name: b}
results:
- message: all is well
  severity: info
EOF
