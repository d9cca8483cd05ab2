import { Hono } from 'hono'
import type * as z from 'zod'
import type { Runtime, Tenant } from '../context.ts'
import type { Contract, Operation } from './contract.ts'
import { claimIdempotencyKey } from './idempotency.ts'
import { type AppContext, type AppEnv, receive, receivePublic } from './receive.ts'

type Output<T> = T extends z.ZodType ? z.output<T> : undefined
/** A file as it came; `contentType` is what its sender says. */
export type Upload = { bytes: Uint8Array<ArrayBuffer>; contentType: string | undefined }

type Input<T> = T extends z.ZodType ? z.input<T> : undefined

/** A handler sees parsed input and who asks, never the web framework; public operations have no tenant. */
type Handler<O extends Operation> = (request: {
  tenant: O['scope'] extends null ? undefined : Tenant
  runtime: Runtime
  request: Request
  /** Headers that the answer gets; a replay of it does not. */
  reply: Headers
  params: Output<O['params']>
  query: Output<O['query']>
  body: O['body'] extends 'bytes' ? Upload : Output<O['body']>
}) => Promise<O['produces'] extends string ? Response : Input<O['response']>>

type Handlers<C extends Contract> = { [Id in keyof C]: Handler<C[Id]> }

/** The router of one room. A missing, misspelt or wrongly typed handler does not compile. */
export function implement<C extends Contract>(contract: C, handlers: Handlers<C>): Hono<AppEnv> {
  const app = new Hono<AppEnv>()
  for (const [id, operation] of Object.entries(contract)) {
    // The type above ties each handler to its operation; inside the loop that tie cannot be expressed.
    const handler = handlers[id] as unknown as (request: Record<string, unknown>) => Promise<unknown>
    app.on(operation.method.toUpperCase(), honoPath(operation.path), (c) =>
      operation.scope === null ? answerPublic(c, operation, handler) : answerToTheEnd(c, operation, handler),
    )
  }
  return app
}

/** `/api/agents/{agentId}` of the contract as Hono writes it. */
export function honoPath(path: string): string {
  return path.replace(/\{(\w+)\}/g, ':$1')
}

type AnyHandler = (request: Record<string, unknown>) => Promise<unknown>

async function answerPublic(c: AppContext, operation: Operation, handler: AnyHandler): Promise<Response> {
  const reply = new Headers()
  const result = await handler({
    ...(await receivePublic(c, operation)),
    runtime: c.env.runtime,
    request: c.req.raw,
    reply,
  })
  return respond(operation, result, reply)
}

/** A change that has begun is not cancelled when the client leaves: its Idempotency-Key would stay claimed. */
function answerToTheEnd(c: AppContext, operation: Operation, handler: AnyHandler): Promise<Response> {
  const answered = answer(c, operation, handler)
  c.env.runtime.waitUntil(answered.catch(() => undefined))
  return answered
}

async function answer(c: AppContext, operation: Operation, handler: AnyHandler): Promise<Response> {
  const received = await receive(c, operation)
  const { tenant } = received
  const claim = operation.method === 'post' ? await claimIdempotencyKey(tenant, c.req.raw, received.body) : undefined
  if (claim?.replay !== undefined) {
    const response = respond(operation, claim.replay)
    response.headers.set('idempotency-replayed', 'true')
    return response
  }
  const reply = new Headers()
  let result: unknown
  try {
    result = await tenant.timings.measure('work', () =>
      handler({ ...received, runtime: tenant, request: c.req.raw, reply }),
    )
  } catch (error) {
    await claim?.abandon()
    throw error
  }
  // The change is made: that its answer could not be stored is no reason to call it failed.
  await claim?.complete(result).catch(() => tenant.log('error', 'answer_not_stored', { path: operation.path }))
  return respond(operation, result, reply)
}

/** Answers pass through their schema, so a field that the contract does not name never leaves. */
function respond(operation: Operation, result: unknown, headers = new Headers()): Response {
  if (result instanceof Response) return result
  const { status, response } = operation
  if (!response) return new Response(null, { status, headers })
  headers.set('cache-control', 'no-store')
  return Response.json(response.parse(result), { status, headers })
}
