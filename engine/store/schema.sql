-- Version 2. A change of this file raises SCHEMA_VERSION in corpus.py and adds a migration there.

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
    text_hash BLOB NOT NULL                 -- of the text that is embedded
);
CREATE INDEX articles_by_published ON articles (published);
CREATE INDEX articles_by_text ON articles (text_hash);

CREATE TABLE encoders (
    encoder INTEGER PRIMARY KEY,
    fingerprint TEXT NOT NULL UNIQUE,
    dim INTEGER NOT NULL
);

CREATE TABLE embeddings (
    encoder INTEGER NOT NULL REFERENCES encoders (encoder),
    text_hash BLOB NOT NULL,
    vector BLOB NOT NULL,                   -- little-endian float32, dim numbers, length 1
    PRIMARY KEY (encoder, text_hash)
) WITHOUT ROWID;

-- Contentless: the words are in the articles; CJK text goes in as character bigrams.
CREATE VIRTUAL TABLE full_text USING fts5 (
    title, body, content = '', tokenize = 'unicode61 remove_diacritics 2'
);

CREATE TABLE furniture (                    -- lines that are cut from an outlet's articles
    source TEXT NOT NULL,
    line TEXT NOT NULL,
    PRIMARY KEY (source, line)
) WITHOUT ROWID;

CREATE TABLE settings (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
);
