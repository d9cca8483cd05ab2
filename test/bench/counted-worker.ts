// The product with its bindings counted: what a chat asks of the platform, and when. GET /__counts gives the counts
// since the last time.
import { DurableObject } from 'cloudflare:workers'
import worker from '../../src/index.ts'
import { Counter, countEnv, countStorage } from './counting.ts'

export * from '../../src/index.ts'

const counter = new Counter()

const platformFetch = globalThis.fetch
globalThis.fetch = (input, init) => {
  counter.now.fetches++
  return platformFetch(input, init)
}

/** An object is the only one who sees a storage; all objects of an isolate share the class of theirs. */
export class StorageProbe extends DurableObject {
  async open(): Promise<void> {
    countStorage(this.ctx.storage, counter)
  }
}

type CountedEnv = Env & { PROBE: DurableObjectNamespace<StorageProbe> }

/** The same environment for the same environment: the product keeps what it has read from it. */
const counted = new WeakMap<CountedEnv, Env>()

async function countedEnv(env: CountedEnv): Promise<Env> {
  let found = counted.get(env)
  if (!found) {
    await env.PROBE.getByName('probe').open()
    found = countEnv(env, counter)
    counted.set(env, found)
  }
  return found
}

const TOKEN = new TextEncoder().encode('"text-delta"')

export default {
  ...worker,
  async fetch(request, env, ctx): Promise<Response> {
    if (new URL(request.url).pathname === '/__counts') return Response.json(counter.take())
    const response = await worker.fetch(request, await countedEnv(env), ctx)
    const isStream = response.headers.get('content-type')?.startsWith('application/x-ndjson')
    if (!response.body || !isStream) return response
    const watch = new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        if (includes(chunk, TOKEN)) counter.firstToken()
        controller.enqueue(chunk)
      },
    })
    return new Response(response.body.pipeThrough(watch), response)
  },
} satisfies ExportedHandler<CountedEnv, never>

function includes(bytes: Uint8Array, wanted: Uint8Array): boolean {
  for (let at = bytes.indexOf(wanted[0] ?? 0); at >= 0; at = bytes.indexOf(wanted[0] ?? 0, at + 1)) {
    if (wanted.every((byte, i) => bytes[at + i] === byte)) return true
  }
  return false
}
