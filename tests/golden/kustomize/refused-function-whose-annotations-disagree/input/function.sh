#!/bin/sh
cat <<EOF
kind: ResourceList
items:
- apiVersion: apps/v1
  kind: Deployment
  metadata:
    name: web
    annotations: {internal.config.kubernetes.io/path: a, config.kubernetes.io/path: b}
EOF
