-- Version 1: the tables of schema.sql, as PostgreSQL has them.
CREATE TABLE trace (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  trace_id TEXT NOT NULL UNIQUE,
  stale INTEGER NOT NULL DEFAULT 1,
  arrived_ns BIGINT NOT NULL,
  start_ns BIGINT NOT NULL DEFAULT 0,
  end_ns BIGINT NOT NULL DEFAULT 0,
  spans INTEGER NOT NULL DEFAULT 0,
  open INTEGER NOT NULL DEFAULT 0,
  errors INTEGER NOT NULL DEFAULT 0,
  name TEXT NOT NULL DEFAULT '',
  kind TEXT NOT NULL DEFAULT '',
  status INTEGER NOT NULL DEFAULT 0,
  message TEXT NOT NULL DEFAULT '',
  service TEXT NOT NULL DEFAULT '',
  session TEXT NOT NULL DEFAULT '',
  "user" TEXT NOT NULL DEFAULT '',
  environment TEXT NOT NULL DEFAULT '',
  tags TEXT NOT NULL DEFAULT '',
  models TEXT NOT NULL DEFAULT '',
  tokens_in BIGINT NOT NULL DEFAULT 0,
  tokens_out BIGINT NOT NULL DEFAULT 0,
  cost DOUBLE PRECISION NOT NULL DEFAULT 0,
  input TEXT NOT NULL DEFAULT '',
  output TEXT NOT NULL DEFAULT '',
  resource BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX trace_start ON trace (start_ns, id);
CREATE INDEX trace_arrived ON trace (arrived_ns);
CREATE INDEX trace_sessions ON trace (session, start_ns) WHERE session <> '';
CREATE INDEX trace_stale ON trace (id) WHERE stale = 1;

CREATE TABLE span (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  trace BIGINT NOT NULL,
  span_id TEXT NOT NULL,
  parent_id TEXT NOT NULL,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  status INTEGER NOT NULL,
  start_ns BIGINT NOT NULL,
  end_ns BIGINT NOT NULL,
  service TEXT NOT NULL,
  model TEXT NOT NULL,
  tokens_in BIGINT NOT NULL,
  tokens_out BIGINT NOT NULL,
  tokens_cached BIGINT NOT NULL,
  tokens_reasoning BIGINT NOT NULL,
  cost DOUBLE PRECISION NOT NULL,
  events INTEGER NOT NULL,
  session TEXT NOT NULL,
  "user" TEXT NOT NULL,
  environment TEXT NOT NULL,
  tags TEXT NOT NULL,
  input TEXT NOT NULL,
  output TEXT NOT NULL,
  resource BIGINT NOT NULL,
  indexed INTEGER NOT NULL DEFAULT 0,
  UNIQUE (trace, span_id)
);
CREATE INDEX span_unindexed ON span (id) WHERE indexed = 0;

CREATE TABLE payload (
  span BIGINT PRIMARY KEY,
  body BYTEA NOT NULL
);

CREATE TABLE resource (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  body TEXT NOT NULL
);
CREATE INDEX resource_body ON resource USING hash (body);

CREATE TABLE log (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  trace_id TEXT NOT NULL,
  span_id TEXT NOT NULL,
  time_ns BIGINT NOT NULL,
  severity INTEGER NOT NULL,
  indexed INTEGER NOT NULL DEFAULT 0,
  body BYTEA NOT NULL
);
CREATE INDEX log_trace ON log (trace_id, id) WHERE trace_id <> '';
CREATE INDEX log_free ON log (id) WHERE trace_id = '';
CREATE INDEX log_unindexed ON log (id) WHERE indexed = 0;

-- A span's text has twice its id as rowid, a log record's one more than that.
CREATE TABLE search (
  rowid BIGINT PRIMARY KEY,
  text TSVECTOR NOT NULL
);
CREATE INDEX search_text ON search USING gin (text);

-- SQLite's name for it.
CREATE FUNCTION instr(text, text) RETURNS INTEGER LANGUAGE sql IMMUTABLE RETURN strpos($1, $2);
