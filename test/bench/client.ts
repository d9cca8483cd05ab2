import { Agent, request } from 'node:http'

/** One kept connection to a Worker of ours that takes JSON and answers JSON. */
export class Client {
  readonly #url: string
  readonly #agent = new Agent({ keepAlive: true })

  constructor(url: string) {
    this.#url = url
  }

  call<Answer>(body: object): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const text = JSON.stringify(body)
      const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }
      const sent = request(this.#url, { method: 'POST', agent: this.#agent, headers }, (response) => {
        const parts: Buffer[] = []
        response.on('data', (part: Buffer) => parts.push(part))
        response.on('end', () => {
          const answer = Buffer.concat(parts).toString()
          if (response.statusCode === 200) resolve(JSON.parse(answer) as Answer)
          else reject(new Error(`the Worker answered ${response.statusCode}: ${answer.slice(0, 300)}`))
        })
      })
      sent.on('error', reject)
      sent.end(text)
    })
  }

  /** Milliseconds of one call. */
  async time(body: object): Promise<number> {
    const started = performance.now()
    await this.call(body)
    return performance.now() - started
  }

  /** Milliseconds of calls one after the other, the shortest first. */
  async times(count: number, body: (at: number) => object): Promise<number[]> {
    const found: number[] = []
    for (let at = 0; at < count; at++) found.push(await this.time(body(at)))
    return found.toSorted((a, b) => a - b)
  }

  close(): void {
    this.#agent.destroy()
  }
}
