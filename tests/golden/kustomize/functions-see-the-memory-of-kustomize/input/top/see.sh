#!/bin/sh
# Puts all that it is given, but what is another's copy, into a ConfigMap.
cat <<EOF
apiVersion: config.kubernetes.io/v1
kind: ResourceList
items:
- apiVersion: v1
  kind: ConfigMap
  metadata:
    name: seen
    annotations: {team: b}
  data:
    given: |
$(sed 's/^/      /')
EOF
