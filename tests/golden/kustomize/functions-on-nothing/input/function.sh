#!/bin/sh
# With no resource the configuration itself is what is given.
sed 's/^items:$/items:\n- {apiVersion: v1, kind: Secret, metadata: {name: added}}/'
