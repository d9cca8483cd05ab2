import { utf8 } from '../lib/bytes.ts'
import type { Frame, Framing } from './frames.ts'

const PING_AFTER = 10_000
const PING: Frame = { type: 'data-ping', data: null, transient: true }

/**
 * Frames as a response body: one loop that writes each batch at once into an identity stream (workerd pays for every
 * hop of a JavaScript stream). After ten seconds of silence a ping tells proxies and clients that the answer lives.
 */
export function streamFrames(batches: AsyncIterable<Frame[]>, framing: Framing): ReadableStream {
  const { readable, writable } = new IdentityTransformStream()
  const writer = writable.getWriter()
  const write = (text: string) => writer.write(utf8(text))
  // A write fails when the client has left. The turn learns of that by the request's signal.
  pump(batches, framing, write)
    .then(() => writer.close())
    .catch(() => undefined)
  return readable
}

async function pump(batches: AsyncIterable<Frame[]>, framing: Framing, write: (text: string) => Promise<void>) {
  let lastWrite = Date.now()
  let timer: ReturnType<typeof setTimeout> | undefined
  const watch = () => {
    timer = setTimeout(
      () => {
        if (Date.now() - lastWrite >= PING_AFTER) {
          lastWrite = Date.now()
          write(framing.encode(PING)).catch(() => undefined)
        }
        watch()
      },
      PING_AFTER - (Date.now() - lastWrite),
    )
  }
  watch()
  try {
    for await (const batch of batches) {
      let text = ''
      for (const frame of batch) text += framing.encode(frame)
      lastWrite = Date.now()
      await write(text)
    }
    if (framing.end) await write(framing.end)
  } finally {
    clearTimeout(timer)
  }
}
