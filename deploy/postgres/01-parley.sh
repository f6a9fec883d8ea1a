#!/bin/sh
# Once, when the volume is new: the application's login and its database. Not a superuser, because for a
# superuser row-level security does not exist; CREATEROLE, because `migrate` makes two roles without a login.
set -eu
psql --set ON_ERROR_STOP=1 --username "${POSTGRES_USER:-postgres}" --dbname postgres \
     --set password="$POSTGRES_PASSWORD" <<'SQL'
CREATE ROLE parley LOGIN CREATEROLE PASSWORD :'password';
CREATE DATABASE parley OWNER parley;
SQL
