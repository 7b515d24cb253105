-- What lists look at stands in indexes, whose entries are narrow: the rows
-- themselves are read only of what a list shows.
CREATE INDEX trace_list ON trace (start_ns, id, spans, errors, open, end_ns, kind, service, session, user, environment, tags, models, name);
CREATE INDEX trace_sessions ON trace (session, start_ns, errors, tokens_in, tokens_out, cost) WHERE session <> '';

-- The words of the index, to find those that begin like another one.
CREATE VIRTUAL TABLE word USING fts5vocab(search, instance);
