// What the product is measured against: a Worker that only proxies the model. With LEDGER bound it also does the same
// storage operations as a chat of the product, in the same order, and nothing else.
import { DurableObject } from 'cloudflare:workers'

type BareEnv = { UPSTREAM: string; DB?: D1Database; LEDGER?: DurableObjectNamespace<Ledger> }
type Asked = { messages: unknown[]; stream?: boolean }

/** One row written and one deleted by every chat, like the budget's lease. */
export class Ledger extends DurableObject {
  constructor(ctx: DurableObjectState, env: unknown) {
    super(ctx, env as never)
    ctx.storage.sql.exec('CREATE TABLE IF NOT EXISTS leases (id TEXT PRIMARY KEY, tokens INTEGER) WITHOUT ROWID')
    ctx.storage.sql.exec('CREATE TABLE IF NOT EXISTS used (id INTEGER PRIMARY KEY, messages INTEGER)')
  }

  async reserve(id: string): Promise<boolean> {
    this.ctx.storage.sql.exec('INSERT INTO leases VALUES (?, ?)', id, 1000)
    return true
  }

  async settle(id: string): Promise<void> {
    this.ctx.storage.sql.exec('DELETE FROM leases WHERE id = ?', id)
    this.ctx.storage.sql.exec('INSERT INTO used VALUES (1, 1) ON CONFLICT (id) DO UPDATE SET messages = messages + 1')
  }

  async search(): Promise<{ passages: string[] }> {
    return { passages: ['x'.repeat(1000), 'x'.repeat(1000), 'x'.repeat(1000)] }
  }
}

export default {
  async fetch(request: Request, env: BareEnv): Promise<Response> {
    const asked = await request.json<Asked>()
    const id = crypto.randomUUID()
    const ledger = env.LEDGER?.getByName('one')
    if (ledger) await Promise.all([ledger.reserve(id), env.LEDGER?.getByName('two').search()])
    const upstream = await fetch(`${env.UPSTREAM}/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: 'Bearer sk-bench' },
      body: JSON.stringify({
        model: new URL(request.url).searchParams.get('model') ?? 'fake',
        messages: asked.messages,
        stream: true,
        stream_options: { include_usage: true },
      }),
    })
    const settle = async (text: string) => {
      if (!ledger || !env.DB) return
      await Promise.all([ledger.settle(id), env.LEDGER?.getByName('three').settle(id), store(env.DB, id, text)])
    }
    const reader = (upstream.body as ReadableStream<Uint8Array>).getReader()
    if (!asked.stream) {
      const content = await pump(reader, async () => undefined)
      await settle(content)
      return Response.json({ role: 'assistant', content })
    }
    const { readable, writable } = new IdentityTransformStream()
    const writer = writable.getWriter()
    const encoder = new TextEncoder()
    const write = (text: string) => writer.write(encoder.encode(text))
    void pump(reader, (deltas) => write(deltas.map(toLine).join('')))
      .then(settle)
      .then(() => write('{"type":"finish"}\n'))
      .then(() => writer.close())
    return new Response(readable, { headers: { 'content-type': 'application/x-ndjson' } })
  },
}

const toLine = (delta: string) => `${JSON.stringify({ type: 'text-delta', id: '0', delta })}\n`

/** Reads the provider's SSE to its end; what arrives in one chunk leaves in one write. */
async function pump(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  write: (deltas: string[]) => Promise<void>,
): Promise<string> {
  const decoder = new TextDecoder()
  let rest = ''
  let content = ''
  for (;;) {
    const { value, done } = await reader.read()
    if (done) return content
    const lines = (rest + decoder.decode(value, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    const deltas: string[] = []
    for (const line of lines) {
      if (!line.startsWith('data: ') || line === 'data: [DONE]') continue
      const delta = JSON.parse(line.slice(6)).choices?.[0]?.delta?.content
      if (delta) deltas.push(delta)
    }
    content += deltas.join('')
    if (deltas.length > 0) await write(deltas)
  }
}

async function store(db: D1Database, id: string, content: string): Promise<void> {
  const message = db.prepare('INSERT INTO messages VALUES (?, ?, ?)')
  await db.batch([
    db.prepare('INSERT INTO conversations VALUES (?, ?)').bind(id, Date.now()),
    message.bind(id, 'user', 'question'),
    message.bind(id, 'assistant', content),
  ])
}
