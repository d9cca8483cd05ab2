import { randomBytes } from 'node:crypto'
import { appendFile, mkdir, readFile } from 'node:fs/promises'
import { parseEnv } from 'node:util'
import { type Keyring, readKeyring } from '../lib/crypto.ts'
import { DEV_VARS, HOME, shown } from './home.ts'

type Variables = Record<string, string | undefined>

const HEADER = `# Secrets of the local Worker. Not in git; the launcher adds what is missing and changes nothing.
# Without a provider key the built-in model answers. With one, a real model does:
# OPENAI_API_KEY=
`

/** Makes .dev.vars, or adds what it lacks: the key-encryption key and the way of mails. Values that are there are never changed. */
export async function writeDevVars(): Promise<{ variables: Variables; added: 'created' | 'completed' | undefined }> {
  const before = await readDevVars()
  const lines = missingLines(before ?? {})
  if (lines.length > 0) {
    const start = before ? '\n' : `${HEADER}\n`
    await mkdir(HOME, { recursive: true })
    await appendFile(DEV_VARS, `${start}${lines.join('\n')}\n`, { mode: 0o600 })
  }
  const added = before ? 'completed' : 'created'
  return { variables: (await readDevVars()) ?? {}, added: lines.length > 0 ? added : undefined }
}

/** The variables of .dev.vars; undefined when there is no such file. */
export async function readDevVars(): Promise<Variables | undefined> {
  try {
    return parseEnv(await readFile(DEV_VARS, 'utf8'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** The keyring of these variables; what is wrong with them is told with the name of their file. */
export function keyringOf(variables: Variables): Keyring {
  try {
    return readKeyring(variables)
  } catch (error) {
    throw new Error(`${shown(DEV_VARS)}: ${(error as Error).message}`, { cause: error })
  }
}

function missingLines(variables: Variables): string[] {
  const known = Object.keys(variables).find((name) => /^KEK_(?!CURRENT$)/.test(name) && variables[name])
  const current = variables.KEK_CURRENT || known?.slice('KEK_'.length) || 'k1'
  const lines: string[] = []
  if (!variables.KEK_CURRENT) lines.push(`KEK_CURRENT=${current}`)
  if (!variables[`KEK_${current}`]) lines.push(`KEK_${current}=${randomBytes(32).toString('hex')}`)
  // Mails stay on this machine, at /dev/outbox, until a mail API is configured.
  if (!variables.MAIL_MODE && !variables.MAIL_API_KEY) lines.push('MAIL_MODE=outbox')
  return lines
}
