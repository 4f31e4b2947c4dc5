-- Files of static applications. Those that nobody sees yet, or any more, lie in
-- sets of their own.
CREATE TABLE file_set (
    id          INTEGER PRIMARY KEY,
    application INTEGER NOT NULL REFERENCES application,
    version     INTEGER NOT NULL,
    state       TEXT    NOT NULL,
    files       INTEGER NOT NULL,
    bytes       INTEGER NOT NULL,
    digest      BLOB    NOT NULL,
    installer   INTEGER NOT NULL,
    time        INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX file_set_standing
    ON file_set (application, version) WHERE state = 'stand';

CREATE TABLE file (
    file_set INTEGER NOT NULL REFERENCES file_set,
    path     TEXT    NOT NULL,
    bytes    INTEGER NOT NULL,
    digest   BLOB    NOT NULL,
    PRIMARY KEY (file_set, path)
) STRICT, WITHOUT ROWID;

-- Content lies as it is unpacked: a range is then read from its own pieces alone,
-- and nothing is inflated for each reader. A set has few MB at most.
CREATE TABLE file_piece (
    file_set INTEGER NOT NULL REFERENCES file_set,
    path     TEXT    NOT NULL,
    n        INTEGER NOT NULL,
    content  BLOB    NOT NULL,
    PRIMARY KEY (file_set, path, n)
) STRICT;
