#!/bin/sh
# Changes an image, leaves out the Service, renames nothing, adds a Namespace.
awk '
/^items:/ { print; next }
/^functionConfig:/ {
  print "- apiVersion: v1"
  print "  kind: Namespace"
  print "  metadata: {name: added}"
}
/^- apiVersion/ || /^functionConfig:/ { flush(); keep = 1 }
/^functionConfig:/ { tail = 1 }
tail { print; next }
{ item = item $0 "\n"; if ($0 ~ /^  kind: Service$/) keep = 0 }
function flush() { if (keep) printf "%s", item; item = "" }
' | sed 's/image: nginx:1/image: nginx:2/; s/replicas: 1/replicas: 3/'
