#!/bin/sh
printf "kind: ResourceList\nitems:\n- metadata: {name: a}\n"
