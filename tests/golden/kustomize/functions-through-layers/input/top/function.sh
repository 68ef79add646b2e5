#!/bin/sh
sed "s/nginx/httpd/"
