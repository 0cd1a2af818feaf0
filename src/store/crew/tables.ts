/** In the store's schema (postgres/schema.ts); bytea for what may hold any letter, as all over there. */
export const CREW_TABLES = `
  CREATE TABLE mezzo.books (name bytea PRIMARY KEY, body bytea NOT NULL) WITH (fillfactor = 50);
  CREATE TABLE mezzo.members (
    id text PRIMARY KEY, name bytea NOT NULL, host bytea NOT NULL, pid int8 NOT NULL, birth text, version text NOT NULL,
    since timestamptz NOT NULL DEFAULT now(), beat timestamptz NOT NULL DEFAULT now(),
    run bytea, queue bytea, in_flight int4 NOT NULL DEFAULT 0, finished int8 NOT NULL DEFAULT 0,
    per_minute float4 NOT NULL DEFAULT 0, jobs text[] NOT NULL DEFAULT '{}', word bytea
  ) WITH (fillfactor = 50);
`;
