import { VECTOR_SCHEMA } from './vector-schema.ts'

/** Numbered steps of a knowledge index's own database; append only. */
export const SCHEMA: readonly string[] = [
  `create table documents (
     rowid integer primary key,
     id text not null unique,
     title text not null,
     url text,
     format text not null,
     content_hash text not null,
     bytes integer not null,
     chunks integer not null,
     created_at integer not null,
     updated_at integer not null
   );
   create table contents (
     document integer not null,
     part integer not null,
     text text not null,
     primary key (document, part)
   ) without rowid;
   create table chunks (
     id integer primary key,
     document integer not null,
     ordinal integer not null,
     start integer not null,
     text text not null,
     headings text not null,
     title_terms blob not null,
     body_terms blob not null
   );
   create index chunks_document on chunks (document);
   create virtual table terms using fts5(
     title, body, content='', contentless_delete=1,
     tokenize="unicode61 remove_diacritics 0 categories 'L* N* M* Co'"
   );
   create virtual table vocabulary using fts5vocab(terms, 'row');
   create table words (word text primary key, backwards text not null) without rowid;
   create index words_backwards on words (backwards);
   create table totals (
     id integer primary key check (id = 1),
     epoch integer not null,
     chunks integer not null,
     title_length integer not null,
     body_length integer not null
   );
   insert into totals values (1, 0, 0, 0, 0);`,
  ...VECTOR_SCHEMA,
  // In how many chunks a word stands. Words from before this step were counted by nobody, so they stay.
  'alter table words add column uses integer not null default 1000000',
]
