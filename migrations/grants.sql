-- What the application's role may do. Run by `migrate` after every migration; :app is that role.
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM :app;
GRANT USAGE ON SCHEMA public TO :app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO :app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO :app;
GRANT EXECUTE ON ALL ROUTINES IN SCHEMA public TO :app;
REVOKE INSERT, UPDATE, DELETE ON migration FROM :app;

-- Append-only: history is added to, never rewritten.
CALL seal_append_only(:role);
