/** Numbered steps of the journal's database; append only. */
export const JOURNAL_SCHEMA: readonly string[] = [
  `create table source (id integer primary key check (id = 1), config text not null, run text not null);
   create table pages (
     seq integer primary key,
     url text not null unique,
     state text not null default 'pending',
     depth integer not null,
     hops integer not null default 0,
     attempts integer not null default 0,
     next_at integer not null default 0,
     title text,
     reason text,
     etag text,
     last_modified text,
     content_hash text,
     indexed_hash text,
     in_flight integer not null default 0,
     document text,
     same_as integer,
     requeued integer not null default 0,
     misses integer not null default 0,
     fetched_at integer
   );
   create index pages_due on pages (state, next_at);
   create index pages_content on pages (content_hash);
   create table robots (origin text primary key, text text, verdict text not null, attempts integer not null) without rowid;
   create table sitemaps (url text primary key, level integer not null, attempts integer not null, read integer not null)
     without rowid;
   create table parts (ordinal integer primary key, bytes blob not null);`,
  `alter table pages add column chunks integer not null default 0;
   create table pairs (position integer primary key, question text not null unique, answer text not null, url text);`,
]
