-- Counts that may be lost with a crash are not worth a write-ahead log.
ALTER TABLE failure SET UNLOGGED;
ALTER TABLE bucket SET UNLOGGED;
