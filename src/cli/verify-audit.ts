// `npm run audit:verify -- file.ndjson`: checks an export of the audit log, far from the service that wrote it.
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import * as z from 'zod'
import { ChainCheck } from '../events/chain.ts'

const USAGE = `Usage: npm run audit:verify -- FILE [--contains HASH]
  FILE             what GET /api/audit/export gave
  --contains HASH  the hash of an earlier export's last entry, or of /api/audit/verification: it must still be there`

const entry = z.object({
  type: z.literal('entry'),
  organizationId: z.string(),
  id: z.string(),
  seq: z.int(),
  actorType: z.string(),
  actorId: z.string(),
  action: z.string(),
  target: z.string(),
  requestId: z.string(),
  createdAt: z.iso.datetime().transform((text) => new Date(text)),
  details: z.string().nullable(),
  prevHash: z.string().nullable(),
  hash: z.string().nullable(),
})
const line = z.discriminatedUnion('type', [entry, z.object({ type: z.literal('end'), entries: z.int() })])

try {
  await main()
} catch (error) {
  console.error(`✗ ${(error as Error).message}`)
  process.exit(1)
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({ options: { contains: { type: 'string' } }, allowPositionals: true })
  const [file] = positionals
  if (!file || positionals.length > 1) throw new Error(USAGE)
  const check = new ChainCheck()
  let isContained = values.contains === undefined
  let said: number | undefined
  let entries = 0
  for await (const text of createInterface({ input: createReadStream(file) })) {
    const parsed = line.safeParse(JSON.parse(text))
    if (!parsed.success)
      throw new Error(`line ${entries + 1} is not of an audit log:\n${z.prettifyError(parsed.error)}`)
    if (parsed.data.type === 'end') {
      said = parsed.data.entries
      continue
    }
    const { organizationId: orgId, type: _, ...row } = parsed.data
    entries++
    await check.add({ orgId, ...row })
    isContained ||= row.hash === values.contains
  }
  for (const { kind, seq, id } of check.faults) console.error(`✗ entry ${seq}${id ? ` (${id})` : ''}: ${kind}`)
  if (said !== entries) throw new Error(`the file was cut: it has ${entries} entries and says ${said ?? 'nothing'}`)
  if (check.faults.length > 0) throw new Error('the log is not what was written')
  if (!isContained)
    throw new Error('the log does not contain that hash: entries were taken, or the chain was made anew')
  console.log(`✓ ${entries} entries, complete and unchanged. The last hash is ${check.hash}`)
}
