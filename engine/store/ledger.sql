-- The ledger: what every run did to the stories, and the facts that outlive an article's text.
-- Part of schema version 3; see schema.sql.

-- Runs form a tree, as generations do: each goes on from the run that was live when it began.
-- Only the live generation's run and its ancestors count, so going back undoes runs and going
-- forward again redoes them.
CREATE TABLE runs (
    run INTEGER PRIMARY KEY,                -- counts from 1
    parent INTEGER NOT NULL,                -- 0: began with no stories
    kind TEXT NOT NULL,                     -- cluster, nightly, correction or forget
    at INTEGER NOT NULL,                    -- seconds since 1970 UTC
    state TEXT NOT NULL,                    -- pending, done or held
    generation TEXT NOT NULL,               -- in which it was published; empty: in none
    last_article INTEGER NOT NULL,          -- largest key it has seen
    last_revision INTEGER NOT NULL,         -- largest revision it has seen
    facts TEXT NOT NULL                     -- JSON: counts and checks
);

CREATE TABLE events (
    run INTEGER NOT NULL REFERENCES runs (run),
    ordinal INTEGER NOT NULL,
    kind TEXT NOT NULL,                     -- born, split, grew, shrank, merged, ended, reopened
    story TEXT NOT NULL,
    other TEXT NOT NULL,                    -- split from it, or merged into it; else empty
    n_joined INTEGER NOT NULL,
    n_left INTEGER NOT NULL,
    n_articles INTEGER NOT NULL,            -- afterwards
    PRIMARY KEY (run, ordinal)
) WITHOUT ROWID;
CREATE INDEX events_by_story ON events (story);

CREATE TABLE moves (
    run INTEGER NOT NULL REFERENCES runs (run),
    article INTEGER NOT NULL,               -- key; the article may be gone since
    origin TEXT NOT NULL,                   -- story before, or empty
    target TEXT NOT NULL,                   -- story afterwards, or empty
    PRIMARY KEY (run, article)
) WITHOUT ROWID;

-- Stories that became stages of a long matter, or went along as theirs was merged into another.
CREATE TABLE stages (
    run INTEGER NOT NULL REFERENCES runs (run),
    story TEXT NOT NULL,
    origin TEXT NOT NULL,                   -- matter before, or empty
    target TEXT NOT NULL,                   -- matter afterwards
    PRIMARY KEY (run, story)
) WITHOUT ROWID;

-- What the runs up to the head add up to; made anew when the head moves to another branch.
CREATE TABLE ledger_head (run INTEGER NOT NULL);

CREATE TABLE stories (
    story TEXT PRIMARY KEY,
    born INTEGER NOT NULL,
    state TEXT NOT NULL,                    -- open, ended or merged
    redirect TEXT NOT NULL                  -- where a merged one leads; else empty
) WITHOUT ROWID;

CREATE TABLE memberships (
    article INTEGER PRIMARY KEY,
    story TEXT NOT NULL,
    since INTEGER NOT NULL                  -- run in which it came to this story
);
CREATE INDEX memberships_by_story ON memberships (story);

-- What people said; one correction a run, in force while its run is an ancestor of the live one
-- and no later one takes it back.
CREATE TABLE corrections (
    run INTEGER PRIMARY KEY REFERENCES runs (run),
    kind TEXT NOT NULL,                     -- together, apart, pinned or undone
    articles TEXT NOT NULL,                 -- JSON list of keys
    others TEXT NOT NULL,                   -- JSON list of keys; apart: the other side
    story TEXT NOT NULL,                    -- pinned: where they stay; else empty
    undoes INTEGER NOT NULL                 -- undone: run of the correction taken back; else 0
);

-- An edited article is the same article; its earlier headlines are kept, and what tells an old
-- copy of it from a new edit.
CREATE TABLE revisions (
    revision INTEGER PRIMARY KEY AUTOINCREMENT,
    article INTEGER NOT NULL,               -- key
    replaced INTEGER NOT NULL,              -- when, in seconds since 1970 UTC
    title TEXT NOT NULL,                    -- until then
    content_hash BLOB                       -- until then; NULL: written by version 1
);
CREATE INDEX revisions_by_article ON revisions (article);

-- What must not come back with the next feed.
CREATE TABLE forgotten (id_hash BLOB PRIMARY KEY) WITHOUT ROWID;
