import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ExpectRefusal, refusalsOf } from '../support/refusals.ts'
import { startWorker, type TestWorker } from '../support/worker.ts'
import { type Answer, call, createWorkspace } from '../support/workspace.ts'

/** Above what the tests need to make their workspaces, all from one address. */
const LIMIT = 12

let worker: TestWorker
let expectRefusal: ExpectRefusal
beforeAll(async () => {
  worker = await startWorker({ vars: { RATE_LIMIT_PER_IP: String(LIMIT), RATE_LIMIT_PER_KEY: String(LIMIT) } })
  expectRefusal = await refusalsOf(worker)
})
afterAll(() => worker.close())

let lastAddress = 0
/** An address of its own, so that only the limit under test is met. */
const freshAddress = () => ({ 'cf-connecting-ip': `198.51.${lastAddress >> 8}.${lastAddress++ & 255}` })

/** Asks until it is refused: how many were admitted, and the refusal. A window that ends meanwhile admits some more. */
async function askUntilLimited(ask: () => Promise<Answer>): Promise<{ admitted: Answer[]; refused: Answer }> {
  const admitted: Answer[] = []
  while (admitted.length <= 2 * LIMIT) {
    const answer = await ask()
    if (answer.status === 429) return { admitted, refused: answer }
    admitted.push(answer)
  }
  throw new Error('the limit does not limit')
}

function expectTold(refused: Answer, policy: 'ip' | 'key') {
  expect(expectRefusal(refused, 429, 'RATE_LIMITED')).toMatchObject({ policy, retryable: true, type: 'rate_limited' })
  const { headers } = refused
  const seconds = Number(headers.get('retry-after'))
  expect(seconds).toBeLessThanOrEqual(60)
  expect(headers.get('ratelimit')).toBe(`"${policy}";r=0;t=${seconds}`)
  expect(headers.get('ratelimit-policy')).toBe(`"ip";q=${LIMIT};w=60, "key";q=${LIMIT};w=60`)
  expect(headers.get('x-ratelimit-limit')).toBe(String(LIMIT))
  expect(headers.get('x-ratelimit-remaining')).toBe('0')
  expect(Math.abs(Number(headers.get('x-ratelimit-reset')) - Date.now() / 1000 - seconds)).toBeLessThan(3)
}

test('one address gets so many requests a minute, whoever asks and whatever for, and the rest of the world is free', async () => {
  const space = await createWorkspace(worker)
  const address = freshAddress()
  let turn = 0
  const { admitted, refused } = await askUntilLimited(() =>
    turn++ % 2 === 0
      ? call(worker, 'POST', space.chatPath, { body: {}, headers: address })
      : call(worker, 'GET', '/health', { headers: address }),
  )
  expect(admitted.length).toBeGreaterThanOrEqual(LIMIT)
  expect(admitted[1]?.headers.get('ratelimit')).toMatch(new RegExp(`^"ip";r=(?:${LIMIT - 2}|${LIMIT - 1});t=\\d+$`))
  expectTold(refused, 'ip')

  // No other header moves the address.
  for (const name of ['x-forwarded-for', 'x-real-ip', 'true-client-ip', 'forwarded']) {
    const forged = await call(worker, 'GET', '/health', { headers: { ...address, [name]: '203.0.113.77' } })
    expectRefusal(forged, 429, 'RATE_LIMITED')
  }
  expect((await call(worker, 'GET', '/health', { headers: freshAddress() })).status).toBe(200)

  const asIpv6 = { 'cf-connecting-ip': `::ffff:${address['cf-connecting-ip']}` }
  expectRefusal(await call(worker, 'GET', '/health', { headers: asIpv6 }), 429, 'RATE_LIMITED')

  let host = 0
  const sixtyFour = await askUntilLimited(() =>
    call(worker, 'GET', '/health', { headers: { 'cf-connecting-ip': `2001:db8:0:7::${(++host).toString(16)}` } }),
  )
  expect(sixtyFour.admitted.length).toBeGreaterThanOrEqual(LIMIT)
  const spelling = { 'cf-connecting-ip': '2001:0DB8:0000:0007:ffff:0:0:1' }
  expectRefusal(await call(worker, 'GET', '/health', { headers: spelling }), 429, 'RATE_LIMITED')
  const neighbour = { 'cf-connecting-ip': '2001:db8:0:8::1' }
  expect((await call(worker, 'GET', '/health', { headers: neighbour })).status).toBe(200)
})

test('one key gets so many requests a minute from all addresses together, other keys of the agent are free', async () => {
  const space = await createWorkspace(worker)
  const second = await call(worker, 'POST', `/api/agents/${space.agentId}/keys`, {
    key: space.organizationKey,
    body: { name: 'Second' },
    headers: freshAddress(),
  })
  const ask = () => space.ask('Hello', {}, freshAddress())
  const { admitted, refused } = await askUntilLimited(ask)
  expect(admitted.length).toBeGreaterThanOrEqual(LIMIT)
  expect(admitted.map(({ status }) => status)).toEqual(admitted.map(() => 200))
  expect(admitted[0]?.headers.get('ratelimit')).toMatch(new RegExp(`^"(?:ip|key)";r=${LIMIT - 1};t=\\d+$`))
  expectTold(refused, 'key')
  const usage = await call(worker, 'GET', '/api/usage', { key: space.organizationKey, headers: freshAddress() })
  expect(usage.body.messages).toMatchObject({ used: admitted.length, reserved: 0 })

  const body = { messages: [{ role: 'user', content: 'Hello' }] }
  const other = await call(worker, 'POST', space.chatPath, { key: second.body.key, body, headers: freshAddress() })
  expect(other.status, other.text).toBe(200)
})

test('an address over its limit learns nothing else; a key over its limit learns only what a wrong key would', async () => {
  const space = await createWorkspace(worker)
  const foreign = await createWorkspace(worker)
  const address = freshAddress()
  const again = async (send: () => Promise<Answer>, renew: () => Promise<Answer>, status: number): Promise<Answer> => {
    // Where a minute ends in between, the limit has to be met once more.
    for (let tries = 0; ; tries++) {
      const answer = await send()
      if (answer.status === status || tries === 3) return answer
      await askUntilLimited(renew)
    }
  }
  const burnAddress = () => call(worker, 'GET', '/health', { headers: address })
  await askUntilLimited(burnAddress)
  const key = space.apiKey
  const over: Parameters<typeof call>[3][] = [
    {},
    { key: 'wrong' },
    { key, body: '{' },
    { key, body: { messages: [] } },
    { key, body: {}, headers: { origin: 'https://evil.example' } },
    { key: foreign.apiKey, body: {} },
  ]
  for (const options of over) {
    const headers = { 'content-type': 'application/json', ...options?.headers, ...address }
    const send = () => call(worker, 'POST', space.chatPath, { ...options, headers })
    expectTold(await again(send, burnAddress, 429), 'ip')
  }
  const preflight = () =>
    call(worker, 'OPTIONS', space.chatPath, { headers: { ...address, origin: 'https://a.example' } })
  expectTold(await again(preflight, burnAddress, 429), 'ip')

  const burnKey = () => space.ask('Hello', {}, freshAddress())
  await askUntilLimited(burnKey)
  const send = (path: string, body: unknown) => call(worker, 'POST', path, { key, body, headers: freshAddress() })
  expectTold(await again(() => send(space.chatPath, '{'), burnKey, 429), 'key')
  expectRefusal(await send(foreign.chatPath, '{'), 404, 'NOT_FOUND')
})
