/**
 * Makes Upstash's Lua dialect run on plain Redis.
 *
 * The scripts of @upstash/ratelimit 2.2.0 begin with `#!lua flags=allow-key-locking`, a flag Redis 7.0.15 refuses
 * ("ERR Unexpected flag in script shebang"). The line is blanked, and since callers know a script by the SHA-1 of their
 * own text, that hash is mapped to the one Redis knows. An unknown hash goes through and comes back as NOSCRIPT.
 */
import { createHash } from 'node:crypto'
import type { Reply } from './resp.ts'

const SHEBANG = /^#!lua\b[^\n]*\ballow-key-locking\b[^\n]*/

export interface ScriptMap {
  /** The command Redis is asked. */
  outgoing: (command: string[]) => string[]
  /** The reply the caller of that command expects. */
  incoming: (command: string[], reply: Reply) => Reply
}

export function scriptMap(): ScriptMap {
  const known = new Map<string, string>()

  function blank(script: string): string {
    const stripped = script.replace(SHEBANG, '')
    if (stripped !== script) known.set(sha1(script), sha1(stripped))
    return stripped
  }

  const mapped = (hash: string) => known.get(hash.toLowerCase()) ?? hash

  return {
    outgoing: (command) => {
      const [name = '', first = '', ...rest] = command
      if (/^eval(?:_ro)?$/i.test(name)) return [name, blank(first), ...rest]
      if (/^evalsha(?:_ro)?$/i.test(name)) return [name, mapped(first), ...rest]
      if (!/^script$/i.test(name)) return command
      if (/^load$/i.test(first)) return [name, first, ...rest.map(blank)]
      if (/^exists$/i.test(first)) return [name, first, ...rest.map(mapped)]
      return command
    },
    incoming: ([name = '', first = '', script = ''], reply) => {
      const loaded = /^script$/i.test(name) && /^load$/i.test(first) && Buffer.isBuffer(reply)
      return loaded ? Buffer.from(sha1(script)) : reply
    },
  }
}

function sha1(text: string): string {
  return createHash('sha1').update(text).digest('hex')
}
