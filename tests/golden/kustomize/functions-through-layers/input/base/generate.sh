#!/bin/sh
cat <<EOF
apiVersion: v1
kind: Secret
metadata:
  name: made
EOF
