import { chatApi } from './chat/api.ts'
import { chatContract } from './chat/contract.ts'
import { problemResponse, toProblem } from './http/errors.ts'
import type { Job } from './jobs.ts'
import { newId } from './lib/ids.ts'
import { createLog, describeError } from './lib/log.ts'
import { problem } from './lib/problem.ts'
import { createRouter } from './router.ts'
import { createRuntime } from './runtime.ts'

export { IdempotencyStore } from './http/idempotency-store.ts'
export { KnowledgeIndex } from './knowledge/index/knowledge-index.ts'
export { SourceSync } from './knowledge/source-sync.ts'
export { AgentCounter } from './usage/agent-counter.ts'
export { OrgBudget } from './usage/org-budget.ts'

/** A chat needs no other room, and an isolate that starts for one loads no other. */
const chatRouter = createRouter().route('/', chatApi)
const CHAT = new RegExp(`^${chatContract.chat.path.replace(/\{\w+\}/g, '[^/]+')}$`)

async function routerFor({ method }: Request, path: string) {
  return method === 'POST' && CHAT.test(path) ? chatRouter : (await import('./app.ts')).app
}

/** The caller's own name for the request: told in the log beside ours, and never used as ours. */
function clientRequestId(request: Request): string | undefined {
  const id = request.headers.get('x-client-request-id')
  return id && /^[\w.:-]{1,128}$/.test(id) ? id : undefined
}

export default {
  async fetch(request, env, ctx) {
    const requestId = newId('req')
    const log = createLog(requestId)
    let response: Response
    try {
      const runtime = createRuntime(env, ctx, requestId, new URL(request.url).origin)
      const { method } = request
      const { pathname: path } = new URL(request.url)
      const router = await routerFor(request, path)
      response = await router.fetch(request, { runtime }, ctx)
      const ms = Math.round(runtime.timings.elapsed())
      log('info', 'request', { method, path, status: response.status, ms, clientRequestId: clientRequestId(request) })
    } catch (error) {
      // Only settings that are missing or malformed come here: the router answers for everything else.
      log('error', 'bad_environment', { error: describeError(error) })
      const refusal = problem('UNAVAILABLE', { message: 'The service is not set up completely.', retryAfter: 60 })
      response = problemResponse(toProblem(refusal, log), requestId, new URL(request.url).origin)
      response.headers.set('x-request-id', requestId)
    }
    return response
  },

  async queue(batch, env, ctx) {
    const { runJob } = await import('./jobs.ts')
    for (const message of batch.messages) {
      const runtime = createRuntime(env, ctx, newId('req'))
      try {
        await runJob(runtime, message.body)
        message.ack()
      } catch (error) {
        runtime.log('error', 'job_failed', { kind: message.body.kind, error: describeError(error) })
        message.retry({ delaySeconds: Math.min(600, 5 * 2 ** message.attempts) })
      }
    }
  },

  async scheduled(_controller, env, ctx) {
    const { sweep } = await import('./jobs.ts')
    const runtime = createRuntime(env, ctx, newId('req'))
    await sweep(runtime)
  },
} satisfies ExportedHandler<Env, Job>
