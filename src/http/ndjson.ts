import { utf8 } from '../lib/bytes.ts'

/**
 * A file of JSON lines, made while it is read. An error cuts the body: who writes such a file ends it with a line that
 * says it is whole.
 */
export function ndjson(pages: AsyncIterable<object[]>, filename: string): Response {
  const iterator = pages[Symbol.asyncIterator]()
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { value, done } = await iterator.next()
      if (done) controller.close()
      else controller.enqueue(utf8(value.map((line) => `${JSON.stringify(line)}\n`).join('')))
    },
    async cancel() {
      await iterator.return?.()
    },
  })
  return new Response(body, {
    headers: {
      'content-type': 'application/x-ndjson; charset=utf-8',
      'content-disposition': `attachment; filename="${filename}"`,
      'cache-control': 'no-store',
    },
  })
}
