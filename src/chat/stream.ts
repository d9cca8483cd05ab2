import { utf8 } from '../lib/bytes.ts'
import type { Frame, Framing } from './frames.ts'

const PING_AFTER = 10_000
const PING: Frame = { type: 'data-ping', data: null, transient: true }

/**
 * Deltas wait this long for the next ones, the first excepted: a write costs as much as the rest of a token's way, and
 * nobody sees 20 ms. An answer is at most 64K characters, so what waits needs no limit.
 */
const GATHER = 20

/**
 * Frames as a response body: one loop that writes into an identity stream (workerd pays for every hop of a JavaScript
 * stream). After ten seconds of silence a ping tells proxies and clients that the answer lives. `done` settles when
 * the last frame was taken, whether or not the client was still there.
 */
export function streamFrames(
  batches: AsyncIterable<Frame[]>,
  framing: Framing,
  client: AbortSignal,
): { body: ReadableStream; done: Promise<void> } {
  const { readable, writable } = new IdentityTransformStream()
  const writer = writable.getWriter()
  // A write to a client that has left never settles; the frames are taken on without it.
  const left = new Promise<void>((resolve) => {
    if (client.aborted) resolve()
    else client.addEventListener('abort', () => resolve(), { once: true })
  })
  const write = (text: string) => (client.aborted ? left : Promise.race([writer.write(utf8(text)), left]))
  const done = pump(batches, framing, write).catch(() => undefined)
  void done.then(() => writer.close()).catch(() => undefined)
  return { body: readable, done }
}

async function pump(batches: AsyncIterable<Frame[]>, framing: Framing, write: (text: string) => Promise<void>) {
  let pending = ''
  let lastWrite = Date.now()
  let gathering: ReturnType<typeof setTimeout> | undefined
  const flush = async () => {
    clearTimeout(gathering)
    gathering = undefined
    if (pending === '') return
    const text = pending
    pending = ''
    lastWrite = Date.now()
    await write(text)
  }
  const flushLater = () => void flush().catch(() => undefined)
  const watch = (): ReturnType<typeof setTimeout> =>
    setTimeout(
      () => {
        if (Date.now() - lastWrite >= PING_AFTER) {
          pending += framing.encode(PING)
          flushLater()
        }
        watching = watch()
      },
      PING_AFTER - (Date.now() - lastWrite),
    )
  let watching = watch()
  try {
    for await (const batch of batches) {
      for (const frame of batch) pending += framing.encode(frame)
      const mayWait = batch.every(({ type }) => type === 'text-delta') && Date.now() - lastWrite < GATHER
      if (mayWait) gathering ??= setTimeout(flushLater, GATHER)
      else await flush()
    }
    pending += framing.end
    await flush()
  } finally {
    clearTimeout(watching)
    clearTimeout(gathering)
  }
}
