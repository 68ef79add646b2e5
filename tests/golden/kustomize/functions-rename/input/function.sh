#!/bin/sh
sed 's/^    name: settings-s$/    name: options/'
