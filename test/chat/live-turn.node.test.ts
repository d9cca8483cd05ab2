/** The end of an answer: whoever notices it first settles it, everything of it happens once, and no part needs another. */
import { expect, test, vi } from 'vitest'
import type { Admitted } from '../../src/chat/admit.ts'
import { LiveTurn } from '../../src/chat/live-turn.ts'
import { createDatabase } from '../../src/db/client.ts'
import { problem } from '../../src/lib/problem.ts'
import type { Lease } from '../../src/usage/meter.ts'

const statement = {
  bind: () => statement,
  raw: () => Promise.resolve([]),
  all: () => Promise.resolve({ results: [] }),
}

/** A turn whose every way out is watched. */
function newTurn() {
  const batch = vi.fn((statements: unknown[]) => Promise.resolve(statements.map(() => ({ results: [] }))))
  const settle = vi.fn<Lease['settle']>(() => Promise.resolve())
  const add = vi.fn(() => Promise.resolve())
  const log = vi.fn()
  const complete = vi.fn(() => Promise.resolve())
  const abandon = vi.fn(() => Promise.resolve())
  const tenant = {
    requestId: 'req_1',
    org: { id: 'org_1' },
    actor: { type: 'job', name: 'test' },
    db: createDatabase({ prepare: () => statement, batch } as unknown as D1Database),
    counter: { getByName: () => ({ add }) },
    log,
    now: () => 1_000,
  }
  const admitted = {
    tenant,
    agent: { id: 'agt_1' },
    turns: [{ role: 'user', content: 'Why?' }],
    lease: { id: 'lse_1', settle },
    model: { model: 'fake' },
    evidence: { passages: [] },
  } as unknown as Admitted
  const claim = { replay: undefined, complete, abandon }
  const turn = new LiveTurn(admitted, { conversationId: undefined, claim, prompt: [{ role: 'user', content: 'Why?' }] })
  return { turn, batch, settle, add, log, complete, abandon }
}

test('a client that leaves after the end changes nothing, one that leaves before it decides', async () => {
  const done = newTurn()
  done.turn.append('Because.')
  done.turn.finishReason = 'stop'
  await Promise.all([done.turn.settle('completed'), done.turn.abort(), done.turn.abort()])
  expect(done.turn.signal.aborted).toBe(true)
  const left = newTurn()
  left.turn.append('Becau')
  await Promise.all([left.turn.abort(), left.turn.settle('completed'), left.turn.settle('failed')])
  expect(left.turn.signal.aborted).toBe(true)

  for (const { settle, add, batch } of [done, left])
    for (const way of [settle, add, batch]) expect(way).toHaveBeenCalledOnce()
  expect([done.complete.mock.calls.length, done.abandon.mock.calls.length]).toEqual([1, 0])
  expect([left.complete.mock.calls.length, left.abandon.mock.calls.length]).toEqual([0, 1])
})

test('a failure before the first token is free and counted as a failure; after it, it is a message', async () => {
  for (const text of ['', 'Be']) {
    const { turn, settle, add } = newTurn()
    if (text) turn.append(text)
    turn.failure = problem('PROVIDER_ERROR')
    await turn.settle('failed')
    const messages = text === '' ? 0 : 1
    const tokens = messages === 0 ? 0 : expect.any(Number)
    expect(settle).toHaveBeenCalledWith({ messages, tokens }, expect.objectContaining({ status: 'failed' }))
    expect(settle.mock.calls[0]?.[0].tokens === 0).toBe(messages === 0)
    expect(add).toHaveBeenCalledWith(expect.objectContaining({ messages, failures: 1 }))
  }
})

test('what one part of the end fails at does not keep the others from it, and is logged', async () => {
  for (const part of ['settle', 'add', 'batch', 'abandon'] as const) {
    const ways = newTurn()
    ways[part].mockRejectedValue(new Error('storage was reset'))
    await ways.turn.abort()
    for (const other of ['settle', 'add', 'batch', 'abandon'] as const) expect(ways[other]).toHaveBeenCalled()
    expect(ways.log).toHaveBeenCalledExactlyOnceWith(
      'error',
      'turn_not_settled',
      expect.objectContaining({ part: expect.any(String) }),
    )
  }
})

test('a transcript that D1 lost is written again, once', async () => {
  const { turn, batch, log } = newTurn()
  batch.mockRejectedValueOnce(new Error('Network connection lost.'))
  await turn.abort()
  expect(batch).toHaveBeenCalledTimes(2)
  expect(log).not.toHaveBeenCalled()
})
