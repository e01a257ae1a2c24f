#!/bin/sh
# Run once by the PostgreSQL image on an empty volume: the roles, with passwords from the secret files.
set -eu
psql --username "$POSTGRES_USER" --dbname postgres --no-psqlrc --set ON_ERROR_STOP=1 \
  --set owner_password="$(cat /run/secrets/owner_password)" \
  --set app_password="$(cat /run/secrets/app_password)" \
  --file /deploy/roles.sql
