#!/bin/sh
cat <<EOF
apiVersion: v1
kind: Secret
metadata: {name: a, annotations: {kustomize.config.k8s.io/needs-hash: maybe}}
EOF
