#!/bin/sh
printf "kind: ResourceList\nitems:\n- {apiVersion: v1, kind: Secret}\n"
