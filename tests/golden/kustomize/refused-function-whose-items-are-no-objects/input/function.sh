#!/bin/sh
printf "kind: ResourceList\nitems: [a]\n"
