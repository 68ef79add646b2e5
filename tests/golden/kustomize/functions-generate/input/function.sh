#!/bin/sh
# A generator that answers with a ResourceList.
value=$(sed -n 's/^    value: //p')
cat <<EOF
apiVersion: config.kubernetes.io/v1
kind: ResourceList
items:
- apiVersion: v1
  kind: ConfigMap
  metadata:
    name: generated
    annotations:
      kustomize.config.k8s.io/needs-hash: "true"
      kept: "1"
  data:
    arguments: "$#: $1, $2"
    environment: "$COLOR ${WITHOUT-unset} ${TOO-unset} $HOME $GIVEN"
    name: $0
    folder: $(basename "$PWD")
    value: $value
- apiVersion: v1
  kind: ConfigMap
  metadata:
    name: settings
    annotations:
      kustomize.config.k8s.io/behavior: merge
  data:
    b: "2"
EOF
