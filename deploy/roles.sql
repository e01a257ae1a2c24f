-- Both roles and the database, on a PostgreSQL of yours. Once, as its superuser:
--   psql -v owner_password=... -v app_password=... -f deploy/roles.sql
-- nrm_owner migrates and owns every table; nrm_app serves and owns nothing.
CREATE ROLE nrm_owner LOGIN PASSWORD :'owner_password';
CREATE ROLE nrm_app LOGIN PASSWORD :'app_password';
CREATE DATABASE nrm OWNER nrm_owner ENCODING 'UTF8' TEMPLATE template0;
REVOKE CONNECT ON DATABASE nrm FROM PUBLIC;
GRANT CONNECT ON DATABASE nrm TO nrm_app;
\connect nrm
ALTER SCHEMA public OWNER TO nrm_owner;
GRANT USAGE ON SCHEMA public TO nrm_app;
ALTER DEFAULT PRIVILEGES FOR ROLE nrm_owner IN SCHEMA public
  GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO nrm_app;
ALTER DEFAULT PRIVILEGES FOR ROLE nrm_owner IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO nrm_app;
