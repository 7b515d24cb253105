-- Version 2. Lists and sums read narrow rows; the payload of a span is separate.
CREATE TABLE trace (
  id INTEGER PRIMARY KEY,
  trace_id TEXT NOT NULL UNIQUE,
  stale INTEGER NOT NULL DEFAULT 1, -- its spans have changed since the columns below were computed
  arrived_ns INTEGER NOT NULL, -- here; retention goes by it
  start_ns INTEGER NOT NULL DEFAULT 0,
  end_ns INTEGER NOT NULL DEFAULT 0, -- 0 while a span is open
  spans INTEGER NOT NULL DEFAULT 0,
  open INTEGER NOT NULL DEFAULT 0,
  errors INTEGER NOT NULL DEFAULT 0,
  name TEXT NOT NULL DEFAULT '',
  kind TEXT NOT NULL DEFAULT '',
  status INTEGER NOT NULL DEFAULT 0,
  message TEXT NOT NULL DEFAULT '',
  service TEXT NOT NULL DEFAULT '',
  session TEXT NOT NULL DEFAULT '',
  user TEXT NOT NULL DEFAULT '',
  environment TEXT NOT NULL DEFAULT '',
  tags TEXT NOT NULL DEFAULT '',
  models TEXT NOT NULL DEFAULT '',
  tokens_in INTEGER NOT NULL DEFAULT 0,
  tokens_out INTEGER NOT NULL DEFAULT 0,
  cost REAL NOT NULL DEFAULT 0,
  input TEXT NOT NULL DEFAULT '',
  output TEXT NOT NULL DEFAULT '',
  resource INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX trace_arrived ON trace (arrived_ns);
CREATE INDEX trace_stale ON trace (id) WHERE stale = 1;

CREATE TABLE span (
  id INTEGER PRIMARY KEY,
  trace INTEGER NOT NULL,
  span_id TEXT NOT NULL,
  parent_id TEXT NOT NULL,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  status INTEGER NOT NULL,
  start_ns INTEGER NOT NULL,
  end_ns INTEGER NOT NULL,
  service TEXT NOT NULL,
  model TEXT NOT NULL,
  tokens_in INTEGER NOT NULL,
  tokens_out INTEGER NOT NULL,
  tokens_cached INTEGER NOT NULL,
  tokens_reasoning INTEGER NOT NULL,
  cost REAL NOT NULL,
  events INTEGER NOT NULL,
  session TEXT NOT NULL,
  user TEXT NOT NULL,
  environment TEXT NOT NULL,
  tags TEXT NOT NULL,
  input TEXT NOT NULL, -- first words; of spans without a parent only
  output TEXT NOT NULL,
  resource INTEGER NOT NULL,
  indexed INTEGER NOT NULL DEFAULT 0,
  UNIQUE (trace, span_id)
);
CREATE INDEX span_unindexed ON span (id) WHERE indexed = 0;

CREATE TABLE payload (
  span INTEGER PRIMARY KEY,
  body BLOB NOT NULL -- JSON: everything that has no column
);

CREATE TABLE resource (
  id INTEGER PRIMARY KEY,
  body TEXT NOT NULL UNIQUE
);

CREATE TABLE log (
  id INTEGER PRIMARY KEY,
  trace_id TEXT NOT NULL,
  span_id TEXT NOT NULL,
  time_ns INTEGER NOT NULL,
  severity INTEGER NOT NULL,
  indexed INTEGER NOT NULL DEFAULT 0,
  body BLOB NOT NULL
);
CREATE INDEX log_trace ON log (trace_id, id) WHERE trace_id <> '';
CREATE INDEX log_free ON log (id) WHERE trace_id = ''; -- belongs to no trace
CREATE INDEX log_unindexed ON log (id) WHERE indexed = 0;

-- A span's text has twice its id as rowid, a log record's one more than that.
CREATE VIRTUAL TABLE search USING fts5 (text, content = '', contentless_delete = 1);
