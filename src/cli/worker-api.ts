/** A refusal or failure of the local Worker, told by what was asked and what it said. */
class WorkerError extends Error {}

type Page<Row> = { data: Row[]; pagination: { nextCursor: string | null } }

/** The Worker's HTTP API as an organization's key sees it. */
export class WorkerApi {
  private readonly baseUrl: string
  private readonly key: string

  constructor(baseUrl: string, key: string) {
    this.baseUrl = baseUrl
    this.key = key
  }

  post<Answer>(path: string, body: unknown): Promise<Answer> {
    return this.request('POST', path, body)
  }

  async list<Row>(path: string): Promise<Row[]> {
    const rows: Row[] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const query: string = new URLSearchParams({ limit: '100', ...(cursor && { cursor }) }).toString()
      const { data, pagination } = await this.request<Page<Row>>('GET', `${path}?${query}`)
      rows.push(...data)
      cursor = pagination.nextCursor
    }
    return rows
  }

  private async request<Answer>(method: string, path: string, body?: unknown): Promise<Answer> {
    const response = await fetch(this.baseUrl + path, {
      method,
      headers: {
        authorization: `Bearer ${this.key}`,
        'cf-connecting-ip': nextAddress(),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    if (!response.ok) throw new WorkerError(`${method} ${path}: ${response.status} ${text.slice(0, 300)}`)
    return JSON.parse(text) as Answer
  }
}

let count = 0

/**
 * Another address of the documentation network (RFC 5737) for every request. The local Worker believes the header,
 * which in production only Cloudflare sets; so seeding leaves the newcomer's 60 requests a minute untouched.
 */
export function nextAddress(): string {
  return `192.0.2.${(count++ % 254) + 1}`
}
