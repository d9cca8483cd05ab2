export type SqlValue = ArrayBuffer | string | number | null

/** The part of a Durable Object's `SqlStorage` we use, so that the same code runs on node:sqlite in tests. */
export interface Sql {
  exec<Row extends Record<string, SqlValue>>(query: string, ...bindings: SqlValue[]): { toArray(): Row[] }
}

export interface SqlStore {
  sql: Sql
  transactionSync<Result>(closure: () => Result): Result
}

/** Applies the steps not yet applied, in order, all or none. A step is never edited after release: add another. */
export function migrate(storage: SqlStore, steps: readonly string[]): void {
  const { sql } = storage
  sql.exec('create table if not exists _migrations (id integer primary key check (id = 1), applied integer not null)')
  const applied = sql.exec<{ applied: number }>('select applied from _migrations').toArray()[0]?.applied ?? 0
  if (applied >= steps.length) return
  storage.transactionSync(() => {
    for (const step of steps.slice(applied)) sql.exec(step)
    sql.exec('insert or replace into _migrations (id, applied) values (1, ?)', steps.length)
  })
}
