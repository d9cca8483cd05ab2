import { ask } from '../ask.ts'
import { type Back, backTo } from '../back.ts'
import { snippets } from '../snippets.ts'
import type { Action, Page, Run, Visit } from '../visit.ts'
import { agentOf } from './agent-frame.tsx'
import { Form, HiddenFields } from './form.tsx'
import { Copy, Snippet } from './snippet.tsx'
import { Status } from './text.tsx'

/** The call to the agent in three languages, and what comes back when it is made from here. */
export const CallCard = ({ visit, question, back }: { visit: Visit; question: string; back: Back }) => {
  const { flash, url } = visit
  const agent = agentOf(visit)
  const key = flash?.key?.agentId === agent.id ? flash.key.secret : undefined
  const asked = flash?.run?.question ?? question
  const all = snippets({ origin: url.origin, agentId: agent.id, key, question: asked })
  return (
    <section class="card langs" id="call">
      <header>
        <h2>API</h2>
        <span class="grow"></span>
        <fieldset class="seg">
          <legend class="vh">Language</legend>
          {all.map(({ id, name }, index) => (
            <label>
              <input type="radio" name="lang" value={id} checked={index === 0} />
              {name}
            </label>
          ))}
        </fieldset>
        {all.map(({ id, name }) => (
          <span data-lang={id}>
            <Copy of={id}>
              Copy<span class="vh"> {name}</span>
            </Copy>
          </span>
        ))}
      </header>
      {all.map(({ id, name, parts }) => (
        <div data-lang={id}>
          <Snippet id={id} label={`${name} example`}>
            {parts.map((part) => (typeof part === 'string' ? part : <b>{part.value}</b>))}
          </Snippet>
        </div>
      ))}
      {visit.may('chat') && (
        <div class="pad stack tight">
          <Form visit={visit} name="run" action={`/agents/${agent.id}/run`} class="bar" data-run={agent.id}>
            <HiddenFields of={back} />
            <label for="run-question">Question</label>
            <input class="grow" id="run-question" name="question" type="text" value={asked} maxlength={500} />
            <button class="btn">Run it here</button>
          </Form>
          <div data-run-result aria-live="polite">
            {flash?.run ? (
              <RunResult run={flash.run} />
            ) : (
              <p class="small muted">Runs as you, and counts as a message of a tester.</p>
            )}
          </div>
        </div>
      )}
    </section>
  )
}

const RunResult = ({ run }: { run: Run }) => (
  <div class="stack tight">
    <p class="bar small muted">
      <Status kind={run.status === 200 ? 'ok' : 'err'}>{run.status}</Status>
      <span>
        in {run.ms} ms · <span class="id">{run.requestId}</span>
      </span>
    </p>
    <p class="answer">{run.text}</p>
  </div>
)

export const runAction = (again: Page): Action => ({
  path: '/agents/:agentId/run',
  scope: 'chat',
  again,
  act: async (visit, fields) => {
    const { id } = agentOf(visit)
    return { to: backTo(id, fields), flash: { run: await ask(visit, id, fields.text('question')) } }
  },
})
