-- The directory's own schema. Everything here but `tenants` and `sealed_secrets` is a projection of the logs.
CREATE SCHEMA IF NOT EXISTS directory;

-- Who a transaction speaks for; NULL where nobody said, and then no policy lets a row through.
CREATE FUNCTION directory.current_tenant() RETURNS uuid LANGUAGE sql STABLE
    AS $$ SELECT NULLIF(current_setting('groundwire.tenant', true), '')::uuid $$;
CREATE FUNCTION directory.all_tenants() RETURNS boolean LANGUAGE sql STABLE
    AS $$ SELECT COALESCE(current_setting('groundwire.all_tenants', true), '') = 'on' $$;

-- Row-level security for a table with a tenant_id, also for the table's owner.
CREATE FUNCTION directory.isolate(target regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', target);
    EXECUTE format('CREATE POLICY of_tenant ON %s USING (tenant_id = directory.current_tenant())', target);
END $$;
