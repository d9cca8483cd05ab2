import type { Outbound } from '../../src/lib/outbound.ts'

/** A world of names: what they resolve to, and what their servers say. Remembers who was called. */
export class NamedWorld {
  readonly called: { url: string; headers: Headers; method: string }[] = []
  readonly names = new Map<string, string[]>()
  readonly answers = new Map<string, () => Response>()
  lookups = 0
  now = 0
  /** Each world has a resolver of its own: what one resolver said is remembered. */
  readonly resolver = `https://resolver.customer.com/${crypto.randomUUID()}`
  resolverStatus = 200

  readonly fetch: typeof fetch = async (input, init) => {
    const url = input instanceof Request ? input.url : String(input)
    const { hostname, searchParams } = new URL(url)
    if (hostname === 'resolver.customer.com') return this.#resolve(searchParams)
    this.called.push({ url, headers: new Headers(init?.headers), method: init?.method ?? '' })
    return this.answers.get(url)?.() ?? new Response('hello')
  }

  #resolve(query: URLSearchParams): Response {
    this.lookups++
    const addresses = this.names.get(query.get('name') ?? '')
    if (!addresses) return Response.json({ Status: 3 }, { status: this.resolverStatus })
    const type = query.get('type') === 'A' ? 1 : 28
    const Answer = addresses
      .filter((address) => address.includes(':') === (type === 28))
      .map((data) => ({ name: query.get('name'), type, data }))
    return Response.json(
      { Status: 0, Answer: [{ type: 5, data: 'alias.customer.com.' }, ...Answer] },
      { status: this.resolverStatus },
    )
  }

  get outbound(): Outbound {
    return {
      fetch: this.fetch,
      resolver: this.resolver,
      ownHosts: ['app.flexy.com'],
      loopback: [],
      userAgent: 'FlexyAgentsBot/0.1 (+https://app.flexy.com/docs)',
      now: () => this.now,
    }
  }
}
