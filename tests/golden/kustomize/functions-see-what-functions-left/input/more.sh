#!/bin/sh
# Moves a resource to another file and adds one.
sed 's/internal.config.kubernetes.io\/path: odd.yaml/internal.config.kubernetes.io\/path: b.yaml/; s/^items:$/items:\n- {apiVersion: v1, kind: Secret, metadata: {name: added, namespace: n}}/'
