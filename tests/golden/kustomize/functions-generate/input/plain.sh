#!/bin/sh
# A generator that does not read what it is given and prints documents.
cat <<EOF
apiVersion: v1
kind: Secret
metadata:
  name: plain
  annotations:
    kustomize.config.k8s.io/needs-hash: "false"
stringData:
  k: v
---
apiVersion: example.com/v1
kind: ThingList
items:
- apiVersion: example.com/v1
  kind: Thing
  metadata: {name: one}
- apiVersion: example.com/v1
  kind: Thing
  metadata: {name: two}
EOF
