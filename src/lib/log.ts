/** Fields a log line may hold: names, ids, numbers. Never bodies, headers, keys or texts of customers. */
export type LogFields = Record<string, string | number | boolean | undefined>
export type Log = (level: 'info' | 'warn' | 'error', event: string, fields?: LogFields) => void

const SECRET = /\b(?:fxa_(?:live|test)_[0-9A-Za-z]+_|sk-|whsec_|xox[abp]-|Bearer )[\w.-]+/g

/** One JSON object a line, with the request id; secrets that slipped into a value are cut out. */
export function createLog(requestId: string): Log {
  return (level, event, fields = {}) => {
    const line = JSON.stringify({ level, event, requestId, ...fields }).replace(SECRET, '[redacted]')
    // oxlint-disable-next-line no-console -- the platform's log is the console
    console[level](line)
  }
}

/** What may be told in a log of something thrown: its class and the first line of its message. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return typeof error
  return `${error.name}: ${error.message.split('\n')[0]?.slice(0, 200)}`
}
