-- Families whose tokens have all expired are found by their newest refresh.
CREATE INDEX token_family_time ON token_family (time);
