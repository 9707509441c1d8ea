-- What is known of a group's DC beside its name: how many its domain has, and before which moment what was delivered may be
-- lost (an administrator accepted that, or the only DC of its domain was restored).
ALTER TABLE directory.group_bindings
    ADD COLUMN dc_domain_controllers integer,
    ADD COLUMN lost_before timestamptz;
