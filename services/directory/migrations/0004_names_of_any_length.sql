-- Names of any length. A row of a btree has at most 2,704 bytes, and a name of AD's may be longer (a userPrincipalName has up
-- to 1,024 characters): one such account stopped the sync of all. The indexes hold the first characters of a name now, and
-- serve equality and prefixes as before; what they find is compared as a whole. Generated columns, and not expressions: under
-- row-level security only comparisons that leak nothing can use an index, and left() does not count as one.
ALTER TABLE directory.accounts
    ADD COLUMN upn_start     text COLLATE "C" NOT NULL GENERATED ALWAYS AS (left(upn_folded, 200)) STORED,
    ADD COLUMN sam_start     text COLLATE "C" NOT NULL GENERATED ALWAYS AS (left(sam_folded, 200)) STORED,
    ADD COLUMN display_start text COLLATE "C" NOT NULL GENERATED ALWAYS AS (left(display_folded, 200)) STORED;
DROP INDEX directory.accounts_by_upn, directory.accounts_by_sam, directory.accounts_by_display_name;
CREATE INDEX accounts_by_upn ON directory.accounts (tenant_id, upn_start);
CREATE INDEX accounts_by_sam ON directory.accounts (tenant_id, sam_start);
CREATE INDEX accounts_by_display_name ON directory.accounts (tenant_id, display_start);

-- As before (0003), by the new indexes.
CREATE OR REPLACE FUNCTION directory.accounts_named(
    p_tenant uuid, p_upn_folded text, p_sam_folded text, p_anchor uuid, p_limit bigint)
    RETURNS SETOF directory.accounts LANGUAGE plpgsql AS
$$
DECLARE
    upn_begins text := left(p_upn_folded, 200);
    sam_begins text := left(p_sam_folded, 200);
BEGIN
    PERFORM set_config('groundwire.tenant', p_tenant::text, true);
    IF p_upn_folded <> '' THEN
        RETURN QUERY SELECT * FROM directory.accounts a
                     WHERE a.tenant_id = p_tenant AND a.upn_start = upn_begins AND a.upn_folded = p_upn_folded
                     LIMIT p_limit;
    ELSIF p_sam_folded <> '' THEN
        RETURN QUERY SELECT * FROM directory.accounts a
                     WHERE a.tenant_id = p_tenant AND a.sam_start = sam_begins AND a.sam_folded = p_sam_folded
                     LIMIT p_limit;
    ELSIF p_anchor IS NOT NULL THEN
        RETURN QUERY SELECT * FROM directory.accounts a
                     WHERE a.tenant_id = p_tenant AND a.anchor = p_anchor LIMIT p_limit;
    END IF;
END
$$;
