#!/bin/sh
printf "kind: ResourceList\nitems:\n- &a {apiVersion: v1, kind: Secret, metadata: {name: a}}\n- *a\n"
