import { DEMO_USER } from './demo-organizations.ts'
import type { Facts } from './demo-facts.ts'
import { FLEXY, LOG, shown } from './home.ts'

const LABEL = 13
const TEXT = 46

export type Printer = ReturnType<typeof createPrinter>

/** What the launcher says: short lines for people, or one line of JSON for programs. */
export function createPrinter(json: boolean) {
  const say = json ? () => undefined : (line: string) => console.log(line && `  ${line}`)
  const isColored = process.stdout.isTTY && !process.env.NO_COLOR
  const colored = (code: number, text: string) => (isColored ? `\u001B[${code}m${text}\u001B[0m` : text)
  const green = (text: string) => colored(32, text)
  const red = (text: string) => colored(31, text)
  const dim = (text: string) => colored(2, text)

  return {
    title: (text: string) => {
      say('')
      say(text)
      say('')
    },
    done: (label: string, text?: string, seconds?: number) => {
      const what = text === undefined ? label : label.padEnd(LABEL) + text.padEnd(seconds === undefined ? 0 : TEXT)
      say(`${green('✓')} ${what}${seconds === undefined ? '' : dim(`${seconds.toFixed(1)} s`)}`)
    },
    warn: (text: string) => say(`${red('✗')} ${text}`),
    timed: async <T>(work: () => Promise<T>): Promise<{ result: T; seconds: number }> => {
      const start = performance.now()
      const result = await work()
      return { result, seconds: (performance.now() - start) / 1000 }
    },
    ready: (facts: Facts, question: string, hasProvider: boolean) => {
      if (json) console.log(JSON.stringify(facts))
      say('')
      say(`${'Dashboard'.padEnd(LABEL)}  ${facts.baseUrl} · ${DEMO_USER.email} / ${DEMO_USER.password}`)
      say(`${'API'.padEnd(LABEL)}  ${facts.baseUrl} · /openapi.json · /docs/errors`)
      say(`${'Keys'.padEnd(LABEL)}  ${shown(FLEXY)}/demo.json`)
      say(
        hasProvider
          ? 'Model          the provider of OPENAI_API_KEY'
          : 'Model          built in. For a real one set OPENAI_API_KEY in .dev.vars.',
      )
      say(`${'Log'.padEnd(LABEL)}  ${shown(LOG)} · Stop: Ctrl C`)
      say('')
      say('Try it:')
      say(`curl -N ${facts.baseUrl}/api/agents/${facts.agentId}/chat \\`)
      say(`  -H "Authorization: Bearer ${facts.apiKey}" -H "Content-Type: application/json" \\`)
      say(`  -d '${JSON.stringify({ messages: [{ role: 'user', content: question }], stream: true })}'`)
    },
    stopped: () => say('\n  Stopped.'),
  }
}
