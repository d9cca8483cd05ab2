// What one chat asks of the platform on a warm isolate, counted, and what a million of them would cost.
import { readArticles } from '../../src/cli/articles.ts'
import { startCountedWorker } from '../support/counted-worker.ts'
import { createWorkspace, framesOf } from '../support/workspace.ts'
import type { Counts } from './counting.ts'
import { LIMITS } from './models.ts'
import type { Table } from './table.ts'

type Counted = { label: string; before: Counts; after: Counts }

export async function countOperations(): Promise<Counted[]> {
  const counted = await startCountedWorker()
  try {
    const space = await createWorkspace(counted.worker)
    for (const { title, content, format, url } of await readArticles('fernway-supply')) {
      await space.addDocument(title, content, { format, url })
    }
    const ask = async (label: string, body: Record<string, unknown>) => {
      const answer = await space.ask('How long do refunds take?', { stream: true, ...body })
      const frames = framesOf(answer.text)
      if (frames.at(-1)?.finishReason !== 'stop') throw new Error(`the chat failed: ${answer.text.slice(-300)}`)
      const { beforeFirstToken: before, after } = await counted.take()
      return { label, before, after, conversationId: String(frames[0].messageMetadata.conversationId) }
    }
    await ask('the first of the isolate', {})
    const fresh = await ask('new conversation', {})
    const next = await ask('continued, second turn', { conversationId: fresh.conversationId })
    for (let turn = 3; turn < 10; turn++) await ask('', { conversationId: fresh.conversationId })
    const tenth = await ask('continued, tenth turn', { conversationId: fresh.conversationId })
    return [fresh, next, tenth]
  } finally {
    await counted.close()
  }
}

/** Dollars a million, list prices (performance.md). */
const PRICES = {
  request: 0.3,
  cpuMs: 0.02,
  objectRequest: 0.15,
  objectRowRead: 0.001,
  objectRowWritten: 1,
  d1RowRead: 0.001,
  d1RowWritten: 1,
  queueOperation: 0.4,
}
/** A message is written, read and deleted. */
const QUEUE_OPERATIONS = 3

export function costOf({ before, after }: Counted, cpuMs: number): Record<string, number> {
  const sum = (field: Exclude<keyof Counts, 'calls'>) => before[field] + after[field]
  return {
    requests: PRICES.request,
    cpu: PRICES.cpuMs * cpuMs,
    objects: PRICES.objectRequest * sum('durableObjectCalls'),
    objectRows: PRICES.objectRowWritten * sum('objectRowsWritten') + PRICES.objectRowRead * sum('objectRowsRead'),
    d1: PRICES.d1RowWritten * sum('d1RowsWritten') + PRICES.d1RowRead * sum('d1RowsRead'),
    queue: PRICES.queueOperation * QUEUE_OPERATIONS * sum('queueSends'),
  }
}

export const total = (cost: Record<string, number>) => Object.values(cost).reduce((sum, part) => sum + part, 0)

export function operationTables(counted: Counted[], cpuMs: number): Table[] {
  const fields = [
    ['d1Queries', 'D1 queries'],
    ['d1Batches', 'of them batches'],
    ['d1RowsRead', 'D1 rows read'],
    ['d1RowsWritten', 'D1 rows written'],
    ['durableObjectCalls', 'object calls'],
    ['objectRowsRead', 'object rows read'],
    ['objectRowsWritten', 'object rows written'],
    ['fetches', 'fetches'],
    ['queueSends', 'queue sends'],
  ] as const
  const operations = counted.flatMap(({ label, before, after }) => [
    [
      `${label}: before the first token`,
      ...fields.map(([field]) => String(before[field])),
      wantedBefore(label, before),
    ],
    [`${label}: after it`, ...fields.map(([field]) => String(after[field])), after.d1Batches === 1 ? 'ok' : 'NOT 1'],
  ])
  const costs = counted.map((one) => {
    const cost = costOf(one, cpuMs)
    const sum = total(cost)
    return [
      one.label,
      ...Object.values(cost).map((part) => part.toFixed(2)),
      sum.toFixed(2),
      sum <= LIMITS.dollarsPerMillion ? 'ok' : 'OVER',
    ]
  })
  return [
    {
      title: 'Operations of one chat, warm isolate',
      head: ['', ...fields.map(([, name]) => name), ''],
      rows: operations,
    },
    {
      title: `Dollars for a million chats (${cpuMs.toFixed(1)} ms of CPU, simulators included; limit ${LIMITS.dollarsPerMillion})`,
      head: ['', 'requests', 'CPU', 'object calls', 'object rows', 'D1 rows', 'queue', 'sum', ''],
      rows: costs,
    },
  ]
}

/** A new conversation needs nothing of D1 before the first token; one that goes on needs its turns. */
function wantedBefore(label: string, { d1Queries }: Counts): string {
  const wanted = label.startsWith('continued') ? 1 : 0
  return d1Queries === wanted ? 'ok' : `NOT ${wanted}`
}
