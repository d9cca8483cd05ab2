/**
 * What a provider may send, drawn by a number: tokens of every kind, framed and cut anyhow, with or without a fault; and
 * what the answer to it must be, by the port's own words (src/models/provider.ts) and not by its code.
 */
import { cut } from '../support/fake-openai-faults.ts'
import { randomOf } from './streams.ts'

export type Code = 'ok' | 'PROVIDER_ERROR' | 'PROVIDER_KEY_INVALID' | 'PROVIDER_OVERLOADED' | 'PROVIDER_TIMEOUT'
export type Schedule = {
  status: number
  contentType: string
  pieces: Buffer[]
  /** How the body ends: as it should, by a cut connection, or not at all. */
  end: 'close' | 'destroy' | 'hang'
  expected: { code: Code; text: string; finish: string }
}

/** Documents whose sentences answers repeat and cite. They are all different, and three bytes a character. */
export const SENTENCES = Array.from(
  { length: 60 },
  (_, i) => `Schedule ${i}: ${'返金には五日かかります、送料はお客様のご負担です'.repeat(3)} ${i * 7} 日です。`,
)

const WORDS = [
  'Refunds ',
  'take ',
  'five ',
  'days ',
  '– ',
  '3 € ',
  '日本 ',
  '🙂 ',
  'für ',
  '\n',
  '"',
  '\\',
  '\t',
  '[1]',
]
const ODD = [
  '\u2028',
  '\u0000',
  '</script>',
  ' [1][2]',
  ' [9]',
  '\u200D',
  'e\u0301',
  '\uFFFD',
  '\r\n',
  '{"type":"finish"}',
]
const ALL = '[1][2][3, 4] [5][6]'
/** Longer than a line of the answer may be, some of them many times over when they are escaped. */
const LONG = [
  'x'.repeat(20_000),
  '\u0001'.repeat(5_000),
  `x${'🙂'.repeat(4_000)}`,
  '日'.repeat(7_000),
  '"'.repeat(9_000),
]
/** A fox in two tokens: the provider's own cut through a character. */
export const FOX = '\uD83E\uDD8A'
const HALVES = [FOX.charAt(0), FOX.charAt(1)]

const STATUSES: [number, Code][] = [
  [400, 'PROVIDER_ERROR'],
  [401, 'PROVIDER_KEY_INVALID'],
  [403, 'PROVIDER_KEY_INVALID'],
  [404, 'PROVIDER_ERROR'],
  [408, 'PROVIDER_TIMEOUT'],
  [429, 'PROVIDER_OVERLOADED'],
  [500, 'PROVIDER_ERROR'],
  [502, 'PROVIDER_ERROR'],
  [503, 'PROVIDER_OVERLOADED'],
  [504, 'PROVIDER_TIMEOUT'],
  [302, 'PROVIDER_ERROR'],
  [204, 'PROVIDER_ERROR'],
]
const FINISHES = {
  stop: 'stop',
  length: 'length',
  content_filter: 'content-filter',
  tool_calls: 'tool-calls',
  eos: 'other',
}
const NOISE = ['{"id":"broken', '[]', 'null', '{"choices":[]}', '{"choices":[{"delta":{}}]}', '{"object":"ping"}', '']

export function scheduleOf(number: number): Schedule {
  const random = randomOf(number)
  const chance = (share: number) => random() < share
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T

  const base = { contentType: 'text/event-stream; charset=utf-8', end: 'close' as const }
  if (chance(0.06)) {
    const [status, code] = pick(STATUSES)
    const pieces = status === 204 ? [] : [Buffer.from('{"error":{"message":"no"}}')]
    return { ...base, status, contentType: 'application/json', pieces, expected: { code, text: '', finish: 'error' } }
  }
  if (chance(0.02)) {
    const expected = { code: 'PROVIDER_ERROR', text: '', finish: 'error' } as const
    return { ...base, status: 200, contentType: 'text/html', pieces: [Buffer.from('<h1>Hello</h1>')], expected }
  }

  const tokens: string[] = []
  for (let left = Math.floor(random() ** 2 * 40); left > 0; left--) {
    const kind = random()
    if (kind < 0.75) tokens.push(pick(WORDS))
    else if (kind < 0.9) tokens.push(pick(ODD))
    else if (kind < 0.95) tokens.push(...HALVES)
    else if (kind < 0.96) tokens.push(pick(LONG))
    else tokens.push(...pick(SENTENCES).split(/(?<= )/), ` [${1 + Math.floor(random() * 3)}]`)
  }
  // A model that cites everything there is, after every sentence or after every few characters.
  const claims = chance(0.5) ? /.{1,6}/g : /.+/g
  if (chance(0.01)) for (const [claim] of SENTENCES.join('\n').matchAll(claims)) tokens.push(`${claim}${ALL}`)

  const eol = pick(['\n', '\n', '\r\n'])
  const space = pick([' ', ' ', ''])
  let body = ''
  const send = (data: string) => {
    if (chance(0.05)) body += `: keep-alive${eol}${eol}`
    if (chance(0.05)) body += `data:${space}${pick(NOISE)}${eol}${eol}`
    body += `${chance(0.02) ? `event: message${eol}id: 7${eol}` : ''}data:${space}${data}${eol}${eol}`
  }
  if (chance(0.8)) send('{"choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}')
  for (const content of tokens)
    send(JSON.stringify({ choices: [{ index: 0, delta: { content }, finish_reason: null }] }))

  const text = tokens.join('')
  const ending = random()
  const failed = (code: Code) => ({ code, text, finish: 'error' })
  let end: Schedule['end'] = 'close'
  let expected = failed('PROVIDER_ERROR')
  if (ending < 0.08) send('{"error":{"message":"The server had an error","code":null}}')
  else if (ending < 0.14) end = 'destroy'
  else if (ending < 0.143) end = 'hang'
  else if (ending > 0.2) {
    const reason = chance(0.8) ? 'stop' : pick(Object.keys(FINISHES) as (keyof typeof FINISHES)[])
    send(JSON.stringify({ choices: [{ index: 0, delta: {}, finish_reason: reason }] }))
    if (chance(0.8)) send(`{"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":${tokens.length}}}`)
    if (chance(0.9)) send('[DONE]')
    if (text !== '' || reason === 'content_filter') expected = { code: 'ok', text, finish: FINISHES[reason] }
  }
  if (end === 'hang') expected = failed('PROVIDER_TIMEOUT')
  const bytes = Buffer.from(body)
  // Cuts at every place are a test of patience where tokens are long.
  const pieces =
    chance(0.3) && bytes.length < 4_000 ? cut(bytes, number) : chance(0.5) ? halved(bytes, random()) : [bytes]
  return { ...base, status: 200, pieces, end, expected }
}

function halved(bytes: Buffer, at: number): Buffer[] {
  const middle = Math.floor(bytes.length * at)
  return [bytes.subarray(0, middle), bytes.subarray(middle)].filter(({ length }) => length > 0)
}
