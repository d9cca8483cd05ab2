import { sourceContract } from '../../knowledge/source-contract.ts'
import { deleteSource, getPairs, getSource, listSourcePages, updateSource } from '../../knowledge/sources.ts'
import { cancelSource, replaceFile, replacePairs, syncSource } from '../../knowledge/start-source.ts'
import { MAX_FILE_BYTES } from '../../knowledge/source-contract.ts'
import { problem } from '../../lib/problem.ts'
import { check, type Fields } from '../fields.ts'
import { AgentFrame, agentOf } from '../parts/agent-frame.tsx'
import { Card, Facts } from '../parts/card.tsx'
import { ActionButton, Field, Form } from '../parts/form.tsx'
import { PageTable } from '../parts/page-table.tsx'
import { KINDS, type Source, SourceState, SourceTrouble } from '../parts/sources.tsx'
import { Ago, count, Id } from '../parts/text.tsx'
import type { Action, Outcome, Page, Visit } from '../visit.ts'
import { PairsField, readPairs, Schedule, writePairs } from './source-forms.tsx'

const STATES = ['pending', 'done', 'failed', 'skipped'] as const

const sourceOf = ({ tenant, params }: Visit) => getSource(tenant, params.agentId ?? '', params.sourceId ?? '')
const pathOf = ({ params }: Visit) => `/agents/${params.agentId}/knowledge/sources/${params.sourceId}`

const detail: Page = {
  path: '/agents/:agentId/knowledge/sources/:sourceId',
  scope: 'knowledge:read',
  render: async (visit) => {
    const { tenant, url } = visit
    const agent = agentOf(visit)
    const source = await sourceOf(visit)
    const state = STATES.find((one) => one === url.searchParams.get('state'))
    const after = Number(url.searchParams.get('after')) || undefined
    const [pages, pairs] = await Promise.all([
      listSourcePages(tenant, agent.id, source.id, { state, limit: 50, after }),
      source.kind === 'pairs' ? getPairs(tenant, agent.id, source.id) : undefined,
    ])
    return (
      <AgentFrame visit={visit}>
        <div class="bar">
          <a class="crumb" href={`/agents/${agent.id}/knowledge`}>
            Knowledge /
          </a>
          <h2>{source.name}</h2>
          <Id>{source.id}</Id>
          <span class="grow"></span>
          <Buttons visit={visit} source={source} />
        </div>
        <SourceTrouble of={source} />
        <div class="two">
          <PageTable source={source} pages={pages} state={state} path={pathOf(visit)} agentId={agent.id} />
          <div class="stack">
            <Standing source={source} agentId={agent.id} />
            {visit.may('knowledge:write') && <Edit visit={visit} source={source} pairs={pairs?.pairs} />}
          </div>
        </div>
      </AgentFrame>
    )
  },
}

const Buttons = ({ visit, source }: { visit: Visit; source: Source }) => {
  if (!visit.may('knowledge:write')) return null
  const isSite = source.kind === 'site' || source.kind === 'page'
  const path = pathOf(visit)
  return (
    <>
      {isSite && source.state !== 'running' && source.state !== 'erasing' && (
        <ActionButton visit={visit} name="sync" action={`${path}/sync`}>
          Sync now
        </ActionButton>
      )}
      {source.state === 'running' && (
        <ActionButton visit={visit} name="cancel" action={`${path}/cancel`}>
          Stop
        </ActionButton>
      )}
      <ActionButton
        visit={visit}
        name="delete"
        action={`${path}/delete`}
        class="btn danger"
        confirm={`Delete ${source.name}? The agent forgets its ${count(source.documents)} documents at once.`}
      >
        Delete
      </ActionButton>
    </>
  )
}

const Standing = ({ source, agentId }: { source: Source; agentId: string }) => {
  const { changes } = source
  return (
    <Card title={KINDS[source.kind]}>
      <div class="pad">
        <Facts
          of={[
            ['State', <SourceState of={source} agentId={agentId} />],
            ['Address', source.url && <span class="small">{source.url}</span>],
            ['Documents', count(source.documents)],
            ['Chunks', count(source.chunks)],
            [
              'Last run',
              `${count(changes.added)} added, ${count(changes.updated)} updated, ${count(changes.removed)} removed`,
            ],
            ['Last sync', <Ago at={source.lastSyncedAt} none="not yet" />],
            ['Next sync', <Ago at={source.nextSyncAt} none="only by hand" />],
            ['Added', <Ago at={source.createdAt} />],
          ]}
        />
      </div>
    </Card>
  )
}

type EditProps = { visit: Visit; source: Source; pairs: { question: string; answer: string }[] | undefined }

const Edit = ({ visit, source, pairs }: EditProps) => {
  const path = pathOf(visit)
  const [form, settings] = ['settings', source.settings]
  return (
    <Card title="Change">
      <div class="pad">
        <Form visit={visit} name={form} action={`${path}/settings`}>
          <Field visit={visit} form={form} name="name" label="Name" value={source.name} required />
          {settings && (
            <Schedule visit={visit} form={form} value={settings.everyHours ? String(settings.everyHours) : ''} />
          )}
          <div>
            <button class="btn">Save</button>
          </div>
        </Form>
      </div>
      {pairs && (
        <div class="pad">
          <Form visit={visit} name="pairs" action={`${path}/pairs`}>
            <PairsField visit={visit} form="pairs" value={writePairs(pairs)} />
            <div>
              <button class="btn">Replace questions and answers</button>
            </div>
          </Form>
        </div>
      )}
      {source.kind === 'file' && (
        <div class="pad">
          <Form visit={visit} name="file" action={`${path}/file`} upload>
            <Field
              visit={visit}
              form="file"
              name="file"
              label="New version"
              type="file"
              hint="The old text answers until the new one is read."
              required
            />
            <div>
              <button class="btn">Replace file</button>
            </div>
          </Form>
        </div>
      )}
    </Card>
  )
}

/** An action on this source that leads back to it. */
function change(
  path: string,
  act: (visit: Visit, ids: [agentId: string, sourceId: string], fields: Fields) => Promise<unknown>,
  text?: string,
): Action {
  return {
    path: `/agents/:agentId/knowledge/sources/:sourceId/${path}`,
    scope: 'knowledge:write',
    again: detail,
    maxBytes: MAX_FILE_BYTES + 64 * 1024,
    act: async (visit, fields): Promise<Outcome> => {
      await act(visit, [visit.params.agentId ?? '', visit.params.sourceId ?? ''], fields)
      return text ? { to: pathOf(visit), flash: { text } } : pathOf(visit)
    },
  }
}

const remove: Action = {
  path: '/agents/:agentId/knowledge/sources/:sourceId/delete',
  scope: 'knowledge:write',
  again: detail,
  act: async (visit) => {
    const { name } = await sourceOf(visit)
    await deleteSource(visit.tenant, visit.params.agentId ?? '', visit.params.sourceId ?? '')
    return {
      to: `/agents/${visit.params.agentId}/knowledge`,
      flash: { text: `${name} is deleted, and the agent has forgotten it.` },
    }
  },
}

export const sourcePages = [detail]
export const sourceActions = [
  change('sync', ({ tenant }, ids) => syncSource(tenant, ...ids)),
  change('cancel', ({ tenant }, ids) => cancelSource(tenant, ...ids)),
  change(
    'settings',
    async (visit, ids, fields) => {
      const everyHours = fields.has('everyHours') ? { everyHours: fields.number('everyHours') ?? null } : {}
      await updateSource(
        visit.tenant,
        ...ids,
        check(sourceContract.updateSource, { name: fields.text('name'), ...everyHours }),
      )
    },
    'Saved.',
  ),
  change('pairs', async ({ tenant }, ids, fields) => {
    const { pairs } = check(sourceContract.replacePairs, { pairs: readPairs(fields.text('pairs')) })
    await replacePairs(tenant, ...ids, pairs)
  }),
  change('file', async ({ tenant }, ids, fields) => {
    const file = fields.file('file')
    if (!file || file.size === 0) throw problem('VALIDATION_FAILED', { message: 'file: choose a file', param: 'file' })
    const upload = { bytes: new Uint8Array(await file.arrayBuffer()), contentType: file.type || undefined }
    await replaceFile(tenant, ...ids, { name: file.name.slice(0, 120) }, upload)
  }),
  remove,
]
