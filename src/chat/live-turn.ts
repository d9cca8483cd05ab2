import { estimateTokenCount } from 'tokenx'
import { storeTurn } from '../conversations/store-turn.ts'
import type { Claim } from '../http/idempotency.ts'
import { newId } from '../lib/ids.ts'
import { describeError } from '../lib/log.ts'
import type { Problem } from '../lib/problem.ts'
import { costMicros } from '../models/prices.ts'
import type { FinishReason, ModelMessage } from '../models/provider.ts'
import { count, lostCall } from '../usage/meter.ts'
import type { ModelCall } from '../usage/model-calls.ts'
import type { Admitted } from './admit.ts'
import type { Conclusion } from './conclude.ts'
import type { Frame, TokenUsage } from './frames.ts'
import { eventsOf } from './unanswered.ts'

type Status = 'completed' | 'failed' | 'aborted'

/**
 * One question and its answer while it is being made. Whoever notices the end first, the generator or the client's
 * disconnect, settles it: once, whatever comes later. (Clean-up code around a stream does not run in workerd when the
 * client leaves.)
 */
export class LiveTurn {
  readonly admitted: Admitted
  readonly messageId: string
  readonly conversationId: string
  text = ''
  /** Of an answer that is complete; others cite nothing and are not judged. */
  conclusion: Conclusion | undefined
  finishReason: FinishReason | undefined
  failure: Problem | undefined
  /** As the provider counted; estimated when it did not. */
  private counted: { inputTokens: number; outputTokens: number } | undefined
  private readonly questionId: string
  private readonly claim: Claim | undefined
  private readonly prompt: readonly ModelMessage[]
  private readonly upstream = new AbortController()
  private readonly startedAt: number
  private firstTokenAt: number | undefined
  private settled: Promise<void> | undefined

  constructor(
    admitted: Admitted,
    options: { conversationId: string | undefined; claim: Claim | undefined; prompt: ModelMessage[] },
  ) {
    this.admitted = admitted
    this.conversationId = options.conversationId ?? newId('cnv')
    this.questionId = newId('msg')
    this.messageId = newId('msg')
    this.claim = options.claim
    this.prompt = options.prompt
    this.startedAt = admitted.tenant.now()
  }

  /** Aborted when the client has left. */
  get signal(): AbortSignal {
    return this.upstream.signal
  }

  get isSettled(): boolean {
    return this.settled !== undefined
  }

  append(text: string): void {
    this.firstTokenAt ??= this.admitted.tenant.now()
    this.text += text
  }

  countTokens(counted: { inputTokens: number; outputTokens: number }): void {
    this.counted = counted
  }

  usage(): TokenUsage {
    const { inputTokens, outputTokens } = this.counted ?? {
      inputTokens: estimateTokenCount(this.prompt.map(({ content }) => content).join('\n')),
      outputTokens: estimateTokenCount(this.text),
    }
    return { inputTokens, outputTokens, totalTokens: inputTokens + outputTokens }
  }

  /** The client has left: ends the provider's work and settles what it cost. */
  abort(): Promise<void> {
    const settled = this.settle('aborted')
    this.upstream.abort()
    return settled
  }

  settle(status: Status): Promise<void> {
    this.settled ??= this.close(status)
    return this.settled
  }

  private async close(status: Status): Promise<void> {
    const { tenant, agent, lease } = this.admitted
    // A failure before the first token is no message, and free unless the provider says what it costs.
    const isMessage = status !== 'failed' || this.text !== ''
    const usage = !isMessage && !this.counted ? { inputTokens: 0, outputTokens: 0, totalTokens: 0 } : this.usage()
    const counts = {
      messages: isMessage ? 1 : 0,
      inputTokens: usage.inputTokens,
      outputTokens: usage.outputTokens,
      failures: status === 'failed' ? 1 : 0,
    }
    const answered = status === 'completed'
    const charged = { messages: isMessage ? (1 as const) : (0 as const), tokens: usage.totalTokens }
    const call = this.toCall(status, usage)
    const record = { ...this.toRecord(status, usage), call, charge: { id: lease.id, at: tenant.now(), ...charged } }
    const results = await Promise.allSettled([
      twice(() => lease.settle(charged, call)),
      count(tenant, agent.id, counts),
      twice(() => storeTurn(tenant, record)),
      answered ? this.claim?.complete(this.frames()) : this.claim?.abandon(),
    ])
    const names = ['budget', 'counter', 'transcript', 'idempotency']
    for (const [index, result] of results.entries()) {
      if (result.status === 'fulfilled') continue
      tenant.log('error', 'turn_not_settled', { part: names[index], error: describeError(result.reason) })
    }
  }

  private toCall(status: Status, { inputTokens, outputTokens }: TokenUsage): ModelCall {
    const { tenant, agent, model } = this.admitted
    return {
      ...lostCall(tenant, agent.id),
      conversationId: this.conversationId,
      model: model.model,
      status,
      inputTokens,
      outputTokens,
      costMicros: costMicros(model.model, inputTokens, outputTokens),
    }
  }

  private toRecord(status: Status, usage: TokenUsage) {
    const { tenant, agent, turns, model } = this.admitted
    const ids = { agentId: agent.id, conversationId: this.conversationId, messageId: this.messageId }
    return {
      agentId: agent.id,
      conversationId: this.conversationId,
      question: { id: this.questionId, content: turns.at(-1)?.content ?? '', createdAt: this.startedAt },
      answer: {
        id: this.messageId,
        content: this.text.toWellFormed(),
        status,
        citations: this.conclusion?.citations ?? [],
        grounding: this.conclusion?.grounding ?? null,
        action: this.conclusion?.action ?? null,
        knowledgeEpoch: this.admitted.evidence.epoch,
        finishReason: this.finishReason ?? null,
        errorCode: this.failure?.code ?? null,
        model: model.model,
        inputTokens: usage.inputTokens,
        outputTokens: usage.outputTokens,
        firstTokenMs: this.firstTokenAt === undefined ? null : this.firstTokenAt - this.startedAt,
        totalMs: tenant.now() - this.startedAt,
      },
      events: this.conclusion ? eventsOf(tenant, ids, this.conclusion, this.admitted) : [],
    }
  }

  startFrame(): Frame {
    const { tenant, agent } = this.admitted
    const { conversationId, messageId } = this
    return {
      type: 'start',
      messageId,
      messageMetadata: { conversationId, agentId: agent.id, correlationId: tenant.requestId },
    }
  }

  finishFrame(): Frame {
    return { type: 'finish', finishReason: this.finishReason ?? 'error', messageMetadata: { usage: this.usage() } }
  }

  /** The documents that the model was given, each once. */
  sourceFrames(): Frame[] {
    const frames = new Map<string, Frame>()
    for (const { documentId: sourceId, title, url } of this.admitted.evidence.passages) {
      const frame: Frame = url
        ? { type: 'source-url', sourceId, url, title }
        : { type: 'source-document', sourceId, mediaType: 'text/markdown', title }
      if (!frames.has(sourceId)) frames.set(sourceId, frame)
    }
    return [...frames.values()]
  }

  /** What is known of an answer once it is complete. */
  conclusionFrames(): Frame[] {
    if (!this.conclusion) return []
    const { citations, grounding, action } = this.conclusion
    return [
      { type: 'data-citations', data: citations },
      { type: 'data-grounding', data: grounding },
      ...(action ? [{ type: 'data-action' as const, data: action }] : []),
    ]
  }

  /** The whole answer as frames, for the replay of a request with the same Idempotency-Key. */
  private frames(): Frame[] {
    return [
      this.startFrame(),
      ...this.sourceFrames(),
      { type: 'text-delta', id: '0', delta: this.text },
      ...this.conclusionFrames(),
      this.finishFrame(),
    ]
  }
}

/** What the platform lost to a reset of its storage or network succeeds when it is tried again. */
async function twice(work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch {
    await work()
  }
}
