import { DatabaseSync } from 'node:sqlite'
import type { SqlStore, SqlValue } from '../../src/lib/migrate.ts'

/** A Durable Object's SQLite storage on node:sqlite: same methods, blobs as ArrayBuffer, 100 bound parameters. */
export function nodeSql(path = ':memory:'): SqlStore & { close(): void } {
  const database = new DatabaseSync(path)
  const prepared = new Map<string, ReturnType<DatabaseSync['prepare']>>()
  let depth = 0
  return {
    sql: {
      exec<Row extends Record<string, SqlValue>>(query: string, ...bindings: SqlValue[]) {
        if (bindings.length > 100) throw new Error('too many SQL variables')
        // A statement list (a migration) cannot be prepared as one.
        if (bindings.length === 0 && query.includes(';')) {
          database.exec(query)
          return { toArray: (): Row[] => [] }
        }
        let statement = prepared.get(query)
        if (statement === undefined) prepared.set(query, (statement = database.prepare(query)))
        const values = bindings.map((value) => (value instanceof ArrayBuffer ? new Uint8Array(value) : value))
        const rows = statement.all(...values)
        return { toArray: (): Row[] => rows.map((row) => asDurableObjectRow(row) as Row) }
      },
    },
    transactionSync(closure) {
      const name = `level${depth++}`
      database.exec(`savepoint ${name}`)
      try {
        const result = closure()
        database.exec(`release ${name}`)
        return result
      } catch (error) {
        database.exec(`rollback to ${name}; release ${name}`)
        throw error
      } finally {
        depth--
      }
    },
    close: () => database.close(),
  }
}

function asDurableObjectRow(row: Record<string, unknown>): Record<string, unknown> {
  for (const [key, value] of Object.entries(row)) {
    if (value instanceof Uint8Array) row[key] = value.slice().buffer
  }
  return row
}
