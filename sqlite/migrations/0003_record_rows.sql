-- Rows of records are longer than a page of an index holds, so that looking one
-- up on a WITHOUT ROWID table reads the overflow of every key on the way.
CREATE TABLE record_rows (
    portal INTEGER NOT NULL,
    kind   TEXT    NOT NULL,
    id     INTEGER NOT NULL,
    fields TEXT    NOT NULL,
    PRIMARY KEY (portal, kind, id)
) STRICT;

INSERT INTO record_rows SELECT portal, kind, id, fields FROM record ORDER BY portal, kind, id;

DROP TABLE record;

ALTER TABLE record_rows RENAME TO record;
