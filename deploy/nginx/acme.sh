#!/bin/sh
# Runs in certbot's container: a certificate by the HTTP challenge, and a look twice a day whether it is due.
set -u
name=$SERVER_NAME
publish() {
  # The key first and readable for its owner only; then, in one step each, what nginx reads.
  umask 077
  cp "/etc/letsencrypt/live/$name/privkey.pem" /certificates/privkey.pem.new
  cp "/etc/letsencrypt/live/$name/fullchain.pem" /certificates/fullchain.pem.new
  mv /certificates/privkey.pem.new /certificates/privkey.pem
  mv /certificates/fullchain.pem.new /certificates/fullchain.pem
}
if [ -n "${ACME_EMAIL:-}" ]; then contact="--email $ACME_EMAIL"; else contact="--register-unsafely-without-email"; fi
while :; do
  # Does nothing while the certificate is good for another month.
  # shellcheck disable=SC2086  two words on purpose
  certbot certonly --non-interactive --agree-tos $contact --webroot --webroot-path /acme --keep-until-expiring \
    --cert-name "$name" --domain "$name" \
    && { cmp -s "/etc/letsencrypt/live/$name/fullchain.pem" /certificates/fullchain.pem || publish; }
  sleep 43200
done
