#!/bin/sh
# Runs in nginx's container: a renewed certificate is in use within a minute. nginx finishes what it has begun
# with the old one; websockets stay open.
certificate="${CERTIFICATES:-/certificates}/fullchain.pem"
(
  known=$(cksum "$certificate")
  while sleep 60; do
    now=$(cksum "$certificate" 2>/dev/null) || continue
    if [ "$now" != "$known" ]; then
      nginx -t -q && nginx -s reload && known=$now
    fi
  done
) &
