/** What one request has asked of the platform. */
export type Counts = {
  /** Round trips to D1: a single statement or a batch. */
  d1Queries: number
  d1Batches: number
  /** As `meta` tells, which is what is billed. */
  d1RowsRead: number
  d1RowsWritten: number
  durableObjectCalls: number
  /** By class and method, in the order they were asked for. */
  calls: string[]
  /** Inside Durable Objects; an alarm that is set counts as one row written. */
  objectRowsRead: number
  objectRowsWritten: number
  fetches: number
  queueSends: number
}

const none = (): Counts => ({
  d1Queries: 0,
  d1Batches: 0,
  d1RowsRead: 0,
  d1RowsWritten: 0,
  durableObjectCalls: 0,
  calls: [],
  objectRowsRead: 0,
  objectRowsWritten: 0,
  fetches: 0,
  queueSends: 0,
})

/** Counts everything since the last `take`, and apart from it what came before the first token left. */
export class Counter {
  private before = none()
  private after = none()
  private cursors: { counts: Counts; cursor: SqlStorageCursor<Record<string, SqlStorageValue>> }[] = []
  private tokenSent = false

  get now(): Counts {
    return this.tokenSent ? this.after : this.before
  }

  firstToken(): void {
    this.tokenSent = true
  }

  /** A cursor knows its rows only when it has been read. */
  watch(cursor: SqlStorageCursor<Record<string, SqlStorageValue>>): void {
    this.cursors.push({ counts: this.now, cursor })
  }

  take(): { beforeFirstToken: Counts; after: Counts } {
    for (const { counts, cursor } of this.cursors) {
      counts.objectRowsRead += cursor.rowsRead
      counts.objectRowsWritten += cursor.rowsWritten
    }
    const taken = { beforeFirstToken: this.before, after: this.after }
    this.before = none()
    this.after = none()
    this.cursors = []
    this.tokenSent = false
    return taken
  }
}

function note({ meta }: { meta: D1Meta }, counts: Counts): void {
  counts.d1RowsRead += meta.rows_read
  counts.d1RowsWritten += meta.rows_written
}

/** A D1 binding that counts. `raw` gives no meta, so a SELECT is asked once more for it. */
function countD1(db: D1Database, counter: Counter): D1Database {
  const real = new WeakMap<object, D1PreparedStatement>()
  const wrap = (sql: string, statement: D1PreparedStatement): D1PreparedStatement => {
    const wrapped = {
      bind: (...values: unknown[]) => wrap(sql, statement.bind(...values)),
      async all() {
        const counts = counter.now
        counts.d1Queries++
        const result = await statement.all()
        note(result, counts)
        return result
      },
      run: () => wrapped.all(),
      async first(column?: string) {
        const [row] = (await wrapped.all()).results
        return column === undefined ? (row ?? null) : (row?.[column] ?? null)
      },
      async raw(options?: never) {
        const counts = counter.now
        counts.d1Queries++
        if (/^\s*select/i.test(sql)) note(await statement.all(), counts)
        return statement.raw(options)
      },
    }
    real.set(wrapped, statement)
    return wrapped as unknown as D1PreparedStatement
  }
  const counting = {
    prepare: (sql: string) => wrap(sql, db.prepare(sql)),
    async batch(statements: D1PreparedStatement[]) {
      const counts = counter.now
      counts.d1Queries++
      counts.d1Batches++
      const results = await db.batch(statements.map((statement) => real.get(statement) ?? statement))
      for (const result of results) note(result, counts)
      return results
    },
    exec: () => Promise.reject(new Error('D1 exec is not counted')),
  }
  return counting as unknown as D1Database
}

/** A namespace whose stubs count their calls. */
function countObjects<T extends object>(namespace: T, name: string, counter: Counter): T {
  const stubOf = (stub: object) =>
    new Proxy(stub, {
      get(target, method) {
        const member = Reflect.get(target, method)
        if (typeof member !== 'function' || typeof method !== 'string' || method === 'then') return member
        return (...args: unknown[]) => {
          counter.now.durableObjectCalls++
          counter.now.calls.push(`${name}.${method}`)
          return Reflect.apply(member, target, args)
        }
      },
    })
  return new Proxy(namespace, {
    get(target, method) {
      const member: unknown = Reflect.get(target, method)
      if (typeof member !== 'function') return member
      return (...args: unknown[]) => {
        const given: unknown = Reflect.apply(member, target, args)
        return method === 'get' || method === 'getByName' ? stubOf(given as object) : given
      }
    },
  })
}

function countQueue<T extends Queue>(queue: T, counter: Counter): T {
  const count = (sends: number) => (counter.now.queueSends += sends)
  return {
    send: (message: unknown, options?: QueueSendOptions) => (count(1), queue.send(message, options)),
    // Every message of a batch is billed.
    sendBatch: (messages: MessageSendRequest[]) => (count(messages.length), queue.sendBatch(messages)),
  } as unknown as T
}

/** All bindings of an environment, told apart by what they can do, so that a new one is counted too. */
export function countEnv<E extends object>(env: E, counter: Counter): E {
  const counted = Object.entries(env).map(([name, binding]: [string, unknown]) => {
    if (typeof binding !== 'object' || binding === null) return [name, binding]
    if ('idFromName' in binding) return [name, countObjects(binding, name, counter)]
    if ('prepare' in binding) return [name, countD1(binding as D1Database, counter)]
    if ('sendBatch' in binding) return [name, countQueue(binding as Queue, counter)]
    return [name, binding]
  })
  return Object.fromEntries(counted) as E
}

const patched = new WeakSet<object>()

/** Counts the rows of every Durable Object in this isolate: they share the class of their storage. */
export function countStorage(storage: DurableObjectStorage, counter: Counter): void {
  const sql = Object.getPrototypeOf(storage.sql) as SqlStorage
  if (patched.has(sql)) return
  patched.add(sql)
  const exec = Reflect.get(sql, 'exec')
  sql.exec = function (this: SqlStorage, ...args: Parameters<SqlStorage['exec']>) {
    const cursor = Reflect.apply(exec, this, args)
    counter.watch(cursor)
    return cursor
  } as SqlStorage['exec']
  const prototype = Object.getPrototypeOf(storage) as DurableObjectStorage
  const setAlarm = Reflect.get(prototype, 'setAlarm')
  prototype.setAlarm = function (this: DurableObjectStorage, ...args: Parameters<DurableObjectStorage['setAlarm']>) {
    counter.now.objectRowsWritten++
    return Reflect.apply(setAlarm, this, args)
  }
}
