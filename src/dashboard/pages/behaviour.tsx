import { agentsContract } from '../../agents/contract.ts'
import { discardDraft, getDraft, publishDraft, saveDraft } from '../../agents/drafts.ts'
import { listVersions } from '../../agents/versions.ts'
import { problem } from '../../lib/problem.ts'
import { check } from '../fields.ts'
import { namesOf } from '../names.ts'
import { AgentFrame, agentOf } from '../parts/agent-frame.tsx'
import { Card } from '../parts/card.tsx'
import { Diff } from '../parts/diff.tsx'
import { ActionButton, Field, Form } from '../parts/form.tsx'
import { Ago, plural, Status } from '../parts/text.tsx'
import type { Action, Page, Visit } from '../visit.ts'
import { BEHAVIOR_FIELDS, formValue, labelOf, readBehavior, shownValue } from './behaviour-fields.ts'

const FORM = 'behaviour'
type Draft = Awaited<ReturnType<typeof getDraft>>
type Versions = Awaited<ReturnType<typeof listVersions>>['data']

const behaviour: Page = {
  path: '/agents/:agentId/behaviour',
  scope: 'agents:read',
  render: async (visit) => {
    const { tenant } = visit
    const agent = agentOf(visit)
    const [draft, versions] = await Promise.all([
      getDraft(tenant, agent.id),
      listVersions(tenant, agent.id, { limit: 10 }),
    ])
    const mayWrite = visit.may('agents:write')
    return (
      <AgentFrame visit={visit} actions={draft.changed.length > 0 && <Publish visit={visit} />}>
        <div class="two">
          <Card
            title="What it is told"
            state={draft.changed.length > 0 ? <Status kind="info">Draft</Status> : <Status kind="ok">Published</Status>}
          >
            <div class="pad">
              <Form visit={visit} name={FORM} action={`/agents/${agent.id}/behaviour`}>
                {BEHAVIOR_FIELDS.map(({ name, label, hint, type, rows, options }) => (
                  <Field
                    visit={visit}
                    form={FORM}
                    name={name}
                    label={label}
                    hint={hint}
                    type={type}
                    {...(rows ? { rows } : {})}
                    {...(options ? { options } : {})}
                    value={formValue(draft.behavior, name)}
                    disabled={!mayWrite || undefined}
                  />
                ))}
                {mayWrite && (
                  <div class="bar">
                    <button class="btn">Save draft</button>
                    <span class="small muted">No visitor sees a draft before it is published.</span>
                  </div>
                )}
              </Form>
            </div>
          </Card>
          <div class="stack">
            <Changes visit={visit} draft={draft} />
            <History
              visit={visit}
              versions={versions.data}
              names={await namesOf(
                tenant,
                versions.data.map(({ actor }) => actor.id),
              )}
            />
          </div>
        </div>
      </AgentFrame>
    )
  },
}

const Publish = ({ visit }: { visit: Visit }) =>
  visit.may('agents:write') ? (
    <ActionButton visit={visit} name="publish" action={`/agents/${agentOf(visit).id}/behaviour/publish`} class="btn p">
      Publish changes
    </ActionButton>
  ) : null

const Changes = ({ visit, draft }: { visit: Visit; draft: Draft }) => {
  const agent = agentOf(visit)
  const base = `/agents/${agent.id}/behaviour`
  if (draft.changed.length === 0) {
    return (
      <Card title="Changes" id="changes">
        <p class="pad muted">Nothing differs from what is published.</p>
      </Card>
    )
  }
  return (
    <Card
      title={plural(draft.changed.length, 'change')}
      id="changes"
      state={
        <span class="small muted">
          saved <Ago at={draft.savedAt} />
        </span>
      }
    >
      {draft.changed.map((name) => (
        <div class="pad stack tight">
          <h3>{labelOf(name)}</h3>
          <Diff
            before={shownValue(agent.behavior, name as keyof typeof agent.behavior)}
            after={shownValue(draft.behavior, name as keyof typeof agent.behavior)}
          />
        </div>
      ))}
      {visit.may('agents:write') && (
        <footer>
          <Publish visit={visit} />
          <ActionButton
            visit={visit}
            name="discard"
            action={`${base}/discard`}
            confirm="Discard the draft? What is published stays as it is."
          >
            Discard
          </ActionButton>
        </footer>
      )}
    </Card>
  )
}

type HistoryProps = { visit: Visit; versions: Versions; names: ReadonlyMap<string, string> }

const History = ({ visit, versions, names }: HistoryProps) => {
  const base = `/agents/${agentOf(visit).id}/behaviour`
  return (
    <Card title="Versions">
      <ol class="steps">
        {versions.map(({ version, actor, publishedAt }, index) => (
          <li>
            <span class="mono">v{version}</span>
            <span class="grow small muted">
              {names.get(actor.id) ?? actor.id}, <Ago at={publishedAt} />
            </span>
            {index === 0 ? (
              <Status kind="ok">Published</Status>
            ) : (
              visit.may('agents:write') && (
                <ActionButton
                  visit={visit}
                  name={`restore-${version}`}
                  action={`${base}/restore`}
                  class="btn s"
                  fields={{ version: String(version) }}
                >
                  Draft from it
                </ActionButton>
              )
            )}
          </li>
        ))}
      </ol>
    </Card>
  )
}

const scope = 'agents:write'
const save: Action = {
  path: '/agents/:agentId/behaviour',
  scope,
  again: behaviour,
  act: async (visit, fields) => {
    const { id } = agentOf(visit)
    await saveDraft(visit.tenant, id, check(agentsContract.saveDraft, readBehavior(fields)))
    return {
      to: `/agents/${id}/behaviour`,
      flash: { text: 'The draft is saved. Nobody sees it before you publish it.' },
    }
  },
}

const publish: Action = {
  path: '/agents/:agentId/behaviour/publish',
  scope,
  again: behaviour,
  act: async (visit) => {
    const { id } = agentOf(visit)
    await publishDraft(visit.tenant, id)
    return { to: `/agents/${id}/behaviour`, flash: { text: 'Published. It holds from the next question on.' } }
  },
}

const discard: Action = {
  path: '/agents/:agentId/behaviour/discard',
  scope,
  again: behaviour,
  act: async (visit) => {
    const { id } = agentOf(visit)
    await discardDraft(visit.tenant, id)
    return { to: `/agents/${id}/behaviour`, flash: { text: 'The draft is gone. What is published stays as it was.' } }
  },
}

const restore: Action = {
  path: '/agents/:agentId/behaviour/restore',
  scope,
  again: behaviour,
  act: async (visit, fields) => {
    const { id } = agentOf(visit)
    const wanted = fields.number('version')
    const [found] = (await listVersions(visit.tenant, id, { limit: 1, before: (wanted ?? 0) + 1 })).data
    if (!found || found.version !== wanted) throw problem('NOT_FOUND')
    await saveDraft(visit.tenant, id, found.behavior)
    return {
      to: `/agents/${id}/behaviour`,
      flash: { text: `Version ${found.version} is the draft now. Publish it to go back to it.` },
    }
  },
}

export const behaviourPages = [behaviour]
export const behaviourActions = [publish, discard, restore, save]
