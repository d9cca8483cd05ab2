/** The steps of `SCHEMA` for vectors; append only. */
export const VECTOR_SCHEMA: readonly string[] = [
  `create table vectors (
     chunk integer primary key,
     document integer not null,
     slot integer not null,
     scale real not null,
     bytes blob not null
   );
   create index vectors_document on vectors (document);
   create table vector_blocks (
     block integer primary key,
     free integer not null,
     chunks blob not null,
     bits blob not null
   );
   create table vector_centre (
     id integer primary key check (id = 1),
     learned integer not null,
     centre blob not null
   );
   create table vectorize_index (
     id integer primary key check (id = 1),
     version text not null
   );
   create table vectorize_vectors (
     id integer primary key autoincrement,
     version text not null,
     chunk integer not null,
     document integer not null,
     state text not null,
     announced_at integer not null
   );
   create index vectorize_chunk on vectorize_vectors (chunk);
   create index vectorize_document on vectorize_vectors (document);
   create index vectorize_state on vectorize_vectors (state);
   create table embedding_space (
     id integer primary key check (id = 1),
     model text not null,
     dimensions integer not null,
     store text not null,
     outages integer not null,
     paused_until integer not null,
     error text
   );
   create table embedding_owner (
     id integer primary key check (id = 1),
     name text not null
   );
   create table embedding_usage (
     month text primary key,
     requests integer not null,
     tokens integer not null
   ) without rowid;
   create table embeddings (
     id integer primary key autoincrement,
     chunk integer not null unique,
     state text not null,
     attempts integer not null,
     due integer not null
   );
   create index embeddings_next on embeddings (state, attempts, due);`,
]
