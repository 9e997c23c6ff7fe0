-- Version 6. A change of this file, or of ledger.sql, raises SCHEMA_VERSION in upgrades.py and
-- adds a step there.

CREATE TABLE articles (
    key INTEGER PRIMARY KEY AUTOINCREMENT,  -- never reused: a generation's rows refer to it
    id TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL,
    body TEXT NOT NULL,
    raw BLOB,                               -- zlib of the body before cleaning, where it differed
    language TEXT NOT NULL,
    source TEXT NOT NULL,
    url TEXT NOT NULL,
    author TEXT NOT NULL DEFAULT '',
    published INTEGER,                      -- seconds since 1970 UTC; NULL: not known
    fetched INTEGER NOT NULL,               -- seconds since 1970 UTC
    content_hash BLOB NOT NULL,             -- of everything but raw and fetched
    text_hash BLOB NOT NULL,                -- of the text that is embedded
    checksum INTEGER NOT NULL               -- of all other columns; see checksums.py
);
-- Holds what is asked of all articles at once: their texts are not gone through for it.
CREATE INDEX articles_by_published
    ON articles (published, fetched, language, source, content_hash);
CREATE INDEX articles_by_text ON articles (text_hash);

CREATE TABLE encoders (
    encoder INTEGER PRIMARY KEY,
    fingerprint TEXT NOT NULL UNIQUE,
    dim INTEGER NOT NULL
);

CREATE TABLE embeddings (
    encoder INTEGER NOT NULL REFERENCES encoders (encoder),
    text_hash BLOB NOT NULL,
    vector BLOB NOT NULL,                   -- dim numbers, length 1; see packing.py
    checksum INTEGER NOT NULL,              -- of the encoder's fingerprint, text_hash and vector
    UNIQUE (encoder, text_hash)             -- a table of its own: rows of an index overflow sooner
);

-- The words, full_text, are in full_text.py.

CREATE TABLE furniture (                    -- lines that are cut from an outlet's articles
    source TEXT NOT NULL,
    line TEXT NOT NULL,
    PRIMARY KEY (source, line)
) WITHOUT ROWID;

CREATE TABLE settings (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

-- Of every other table but those of full_text; what a row that is gone is missed by.
CREATE TABLE tallies (
    name TEXT PRIMARY KEY,
    n INTEGER NOT NULL,                     -- rows
    total INTEGER NOT NULL                  -- sum of their checksums
) WITHOUT ROWID;
