#!/bin/sh
cat <<EOF
kind: ResourceList
items: []
results:
- message: the Deployment has no owner
  severity: error
  resourceRef: {kind: Deployment, name: web}
- message: labels would be good
  severity: warning
EOF
exit 1
