import type { Citation } from '../../conversations/contract.ts'
import { listDocuments } from '../../knowledge/documents.ts'
import { problem } from '../../lib/problem.ts'
import { ask } from '../ask.ts'
import { type Message, readThread } from '../thread.ts'
import { AgentFrame, agentOf } from '../parts/agent-frame.tsx'
import { Card, Facts } from '../parts/card.tsx'
import { Form } from '../parts/form.tsx'
import { count, Id, Status } from '../parts/text.tsx'
import type { Action, Page, Visit } from '../visit.ts'

const FORM = 'ask'
const SHOWN = 40

const tester: Page = {
  path: '/agents/:agentId/test',
  scope: 'chat',
  render: async (visit) => {
    const { tenant, refused, url } = visit
    const agent = agentOf(visit)
    const conversationId = url.searchParams.get('c') ?? refused?.values.optional('conversation')
    const [messages, documents] = await Promise.all([
      conversationId ? readThread(visit, agent.id, conversationId, SHOWN) : [],
      listDocuments(tenant, agent.id, { limit: 3 }),
    ])
    const answer = messages.findLast(({ role }) => role === 'assistant')
    return (
      <AgentFrame
        visit={visit}
        actions={
          <a class="btn" href={`/agents/${agent.id}/test`}>
            New conversation
          </a>
        }
      >
        <div class="two">
          <section class="card" aria-label="Test chat">
            <div class="thread" data-thread>
              {messages.length === 0 && (
                <div class="a" data-greeting>
                  <p class="text">{agent.behavior.greeting}</p>
                </div>
              )}
              {messages.map((message) => (
                <Turn visit={visit} message={message} />
              ))}
            </div>
            <div class="pad">
              <Form visit={visit} name={FORM} action={`/agents/${agent.id}/test`} data-chat={agent.id}>
                <input type="hidden" name="conversation" value={conversationId ?? ''} />
                <div class="field">
                  <label for="ask-question">Your question</label>
                  <textarea id="ask-question" name="question" rows={2} maxlength={4000} aria-describedby="ask-keys">
                    {`\n${refused?.values.text('question') ?? ''}`}
                  </textarea>
                </div>
                <div class="bar">
                  <button class="btn p">Ask</button>
                  <span class="small muted" id="ask-keys" data-enter hidden>
                    <span class="kbd">Enter</span> sends, <span class="kbd">Shift Enter</span> begins a line
                  </span>
                </div>
              </Form>
            </div>
            <p class="vh" role="status" data-said></p>
          </section>
          <div class="stack">
            <Inspector answer={answer} />
            {messages.length === 0 && (
              <Suggestions titles={documents.data.map(({ title }) => title)} agentId={agent.id} />
            )}
            <p class="small muted">
              Same route, same limits and same answers as through the API; kept apart as a conversation of a tester.
            </p>
          </div>
        </div>
      </AgentFrame>
    )
  },
}

const Turn = ({ visit, message }: { visit: Visit; message: Message }) => {
  if (message.role === 'user') {
    return (
      <div class="u">
        <span class="vh">You said: </span>
        {message.content}
      </div>
    )
  }
  return (
    <div class="a">
      <p class="text">
        <span class="vh">The agent said: </span>
        {message.content}
      </p>
      {message.status !== 'completed' && (
        <p class="wrong">
          {message.errorCode ? `The answer failed: ${message.errorCode}.` : 'The answer was broken off.'}
        </p>
      )}
      <Sources visit={visit} citations={message.citations} />
    </div>
  )
}

const Sources = ({ visit, citations }: { visit: Visit; citations: Citation[] }) => {
  const base = `/agents/${agentOf(visit).id}/knowledge/documents`
  const cited = new Map(citations.map((citation) => [citation.n, citation]))
  if (cited.size === 0) return null
  return (
    <div class="meta">
      {[...cited.values()].map(({ n, title, sourceId, quote }) => (
        <a class="src" href={`${base}/${sourceId}`} title={quote}>
          {n} {title}
        </a>
      ))}
    </div>
  )
}

const Inspector = ({ answer }: { answer: Message | undefined }) => (
  <Card title="Last answer" state={answer && <AnswerState answer={answer} />}>
    <div class="pad" data-inspector>
      {answer ? (
        <div class="stack tight">
          <Facts
            of={[
              ['Model', answer.model && <span class="mono">{answer.model}</span>],
              ['Tokens in', answer.usage && count(answer.usage.inputTokens)],
              ['Tokens out', answer.usage && count(answer.usage.outputTokens)],
              ['Quotes', count(answer.citations.length)],
              ['Verified letter by letter', count(answer.citations.filter(({ verified }) => verified).length)],
              [
                'Sentences supported',
                answer.grounding && `${answer.grounding.supported} of ${answer.grounding.claims}`,
              ],
              ['Instead of an answer', answer.action && ACTIONS[answer.action.action]],
            ]}
          />
          <p>
            <Id>{answer.correlationId}</Id>
          </p>
          {answer.citations.map(({ n, title, quote }) => (
            <p class="small">
              <span class="muted">
                {n} {title}:
              </span>{' '}
              {quote}
            </p>
          ))}
        </div>
      ) : (
        <p class="muted">Sources, quotes, tokens, times and the request id of the last answer stand here.</p>
      )}
    </div>
  </Card>
)

const ACTIONS = { refuse: 'said so', ask_back: 'asked back', handoff: 'handed off' } as const

const AnswerState = ({ answer }: { answer: Message }) => {
  if (answer.status !== 'completed') return <Status kind="err">{answer.status}</Status>
  if (answer.action?.action === 'handoff') return <Status kind="warn">Handed off</Status>
  return answer.citations.length > 0 ? <Status kind="ok">Grounded</Status> : <Status kind="warn">No source</Status>
}

const Suggestions = ({ titles, agentId }: { titles: string[]; agentId: string }) => {
  if (titles.length === 0) {
    return (
      <Card title="It knows nothing yet">
        <p class="pad">
          The agent answers only from sources. <a href={`/agents/${agentId}/knowledge`}>Add one</a>
        </p>
      </Card>
    )
  }
  return (
    <Card title="Ask about">
      <ul class="steps" data-suggestions>
        {titles.map((title) => (
          <li data-suggestion={title}>{title}</li>
        ))}
      </ul>
    </Card>
  )
}

const send: Action = {
  path: '/agents/:agentId/test',
  scope: 'chat',
  again: tester,
  act: async (visit, fields) => {
    const { id } = agentOf(visit)
    const run = await ask(visit, id, fields.text('question'), fields.optional('conversation'))
    if (run.status !== 200) throw problem('CONFLICT', { message: `${run.text} (${run.status}, ${run.requestId})` })
    return `/agents/${id}/test?c=${run.conversationId}`
  },
}

export const testerPages = [tester]
export const testerActions = [send]
