import { createAgent } from '../../agents/agents.ts'
import { agentsContract } from '../../agents/contract.ts'
import { knowledgeContract } from '../../knowledge/contract.ts'
import { addDocument, listDocuments } from '../../knowledge/documents.ts'
import { problem } from '../../lib/problem.ts'
import { ask } from '../ask.ts'
import { type Message, readThread } from '../thread.ts'
import { check } from '../fields.ts'
import { Frame } from '../frame.tsx'
import { agentOf } from '../parts/agent-frame.tsx'
import { CallCard } from '../parts/call-card.tsx'
import { Card } from '../parts/card.tsx'
import { Field, Form } from '../parts/form.tsx'
import { NewKey } from '../parts/new-key.tsx'
import { count, Status } from '../parts/text.tsx'
import type { Action, Page, Visit } from '../visit.ts'
import { NewKeyForm } from './new-key-form.tsx'

const FORM = 'start'

/** Three steps on one page; which are done is in the address, so that reloading loses nothing. */
export const start: Page = {
  path: '/start',
  scope: 'agents:write',
  render: async (visit) => {
    const agentId = visit.params.agentId ?? visit.url.searchParams.get('agent')
    const agent = visit.agents.find(({ id }) => id === agentId)
    const at: Visit = agent ? { ...visit, params: { ...visit.params, agentId: agent.id } } : visit
    const conversationId = visit.url.searchParams.get('c')
    const [question, answer] = agent && conversationId ? await readThread(at, agent.id, conversationId, 2) : []
    return (
      <Frame
        visit={visit}
        title="Start"
        showsKey
        facts={<span class="muted">From a text to a working call, in three steps</span>}
      >
        <ol class="plain stack start">
          <li>{agent ? <TextDone visit={at} /> : <TextStep visit={visit} />}</li>
          <li>
            {agent ? (
              <AskStep visit={at} question={question} answer={answer} />
            ) : (
              <Later title="2. Ask" text="You see the answer and what it quotes." />
            )}
          </li>
          <li>
            {agent && answer ? (
              <CallStep visit={at} question={question?.content ?? 'Hello'} />
            ) : (
              <Later title="3. Call it from your program" text="A key, and the curl with your values in it." />
            )}
          </li>
        </ol>
      </Frame>
    )
  },
}

const Later = ({ title, text }: { title: string; text: string }) => (
  <Card title={<span class="muted">{title}</span>}>
    <p class="pad muted">{text}</p>
  </Card>
)

const TextStep = ({ visit }: { visit: Visit }) => (
  <Card title="1. A text to answer from">
    <div class="pad">
      <Form visit={visit} name={FORM} action="/start">
        <Field visit={visit} form={FORM} name="name" label="Name of the agent" value="Support" required />
        <Field
          visit={visit}
          form={FORM}
          name="title"
          label="Title of the text"
          value=""
          placeholder="Refund policy"
          required
        />
        <Field
          visit={visit}
          form={FORM}
          name="content"
          label="Text or Markdown"
          type="textarea"
          rows={10}
          hint="A help article, a policy, the page people ask about most. The agent answers from it and from nothing else."
          required
        />
        <div class="bar">
          <button class="btn p">Make the agent</button>
          <span class="small muted">A web site, files and Q&A can follow under Knowledge.</span>
        </div>
      </Form>
    </div>
  </Card>
)

const TextDone = async ({ visit }: { visit: Visit }) => {
  const agent = agentOf(visit)
  const { data } = await listDocuments(visit.tenant, agent.id, { limit: 20 })
  const chunks = data.reduce((sum, document) => sum + document.chunks, 0)
  return (
    <Card
      title="1. A text to answer from"
      state={<Status kind="ok">Ready</Status>}
      actions={
        <a class="btn s" href={`/agents/${agent.id}/knowledge`}>
          Knowledge
        </a>
      }
    >
      <p class="pad">
        {agent.name} answers from {data.map(({ title }) => title).join(', ') || 'nothing yet'}: {count(chunks)}{' '}
        searchable {chunks === 1 ? 'piece' : 'pieces'}.
      </p>
    </Card>
  )
}

const AskStep = ({
  visit,
  question,
  answer,
}: {
  visit: Visit
  question: Message | undefined
  answer: Message | undefined
}) => {
  const agent = agentOf(visit)
  return (
    <Card
      title="2. Ask"
      state={
        answer &&
        (answer.citations.length > 0 ? <Status kind="ok">Grounded</Status> : <Status kind="warn">No source</Status>)
      }
    >
      {question && answer && (
        <div class="thread">
          <div class="u">{question.content}</div>
          <div class="a">
            <p class="text">{answer.content}</p>
            {answer.citations.length > 0 && (
              <div class="meta">
                {answer.citations.map(({ n, title, quote }) => (
                  <span class="src" title={quote}>
                    {n} {title}
                  </span>
                ))}
              </div>
            )}
          </div>
        </div>
      )}
      <div class="pad">
        <Form visit={visit} name="start-ask" action={`/start/${agent.id}/ask`}>
          <Field
            visit={visit}
            form="start-ask"
            name="question"
            label={answer ? 'Another question' : 'A question that the text answers'}
            value=""
            maxlength={500}
            autofocus={!answer || undefined}
          />
          <div>
            <button class={answer ? 'btn' : 'btn p'}>Ask</button>
          </div>
        </Form>
      </div>
    </Card>
  )
}

const CallStep = ({ visit, question }: { visit: Visit; question: string }) => {
  const agent = agentOf(visit)
  const back = { back: 'start', c: visit.url.searchParams.get('c') ?? '' } as const
  const hasKey = visit.flash?.key?.agentId === agent.id
  return (
    <div class="stack">
      {!hasKey && visit.may('keys:write') && (
        <Card title="3. A key for your program">
          <div class="pad">
            <NewKeyForm visit={visit} agentId={agent.id} back={back} />
          </div>
        </Card>
      )}
      <NewKey visit={visit} />
      <CallCard visit={visit} question={question} back={back} />
      {hasKey && (
        <p>
          <a class="btn p" href={`/agents/${agent.id}`}>
            Done: open {agent.name}
          </a>
        </p>
      )}
    </div>
  )
}

const make: Action = {
  path: '/start',
  scope: 'agents:write',
  again: start,
  act: async ({ tenant }, fields) => {
    const document = { title: fields.text('title'), content: fields.text('content') }
    // Both forms are looked at before anything is made.
    const input = check(agentsContract.createAgent, { name: fields.text('name') })
    const text = check(knowledgeContract.addDocument, document)
    const agent = await createAgent(tenant, input)
    await addDocument(tenant, agent.id, text)
    return `/start?agent=${agent.id}`
  },
}

const question: Action = {
  path: '/start/:agentId/ask',
  scope: 'chat',
  again: start,
  act: async (visit, fields) => {
    const { id } = agentOf(visit)
    const run = await ask(visit, id, fields.text('question'))
    if (run.status !== 200) throw problem('CONFLICT', { message: `${run.text} (${run.status}, ${run.requestId})` })
    return `/start?agent=${id}&c=${run.conversationId}`
  },
}

export const startPages = [start]
export const startActions = [make, question]
