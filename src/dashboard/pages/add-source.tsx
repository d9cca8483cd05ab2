import { knowledgeContract } from '../../knowledge/contract.ts'
import { addDocument } from '../../knowledge/documents.ts'
import { MAX_FILE_BYTES, sourceContract } from '../../knowledge/source-contract.ts'
import { addFile, addSource } from '../../knowledge/start-source.ts'
import { problem } from '../../lib/problem.ts'
import { check, type Fields } from '../fields.ts'
import { AgentFrame, agentOf } from '../parts/agent-frame.tsx'
import { Card } from '../parts/card.tsx'
import { Form } from '../parts/form.tsx'
import type { Action, Outcome, Page, Visit } from '../visit.ts'
import { FORMS, isKind, readPairs, type SourceKind } from './source-forms.tsx'

const add: Page = {
  path: '/agents/:agentId/knowledge/add',
  scope: 'knowledge:write',
  render: (visit) => {
    const agent = agentOf(visit)
    const wanted = visit.refused?.values.text('kind') ?? visit.url.searchParams.get('kind') ?? 'text'
    const kind: SourceKind = isKind(wanted) ? wanted : 'text'
    const { title, hint, Inputs } = FORMS[kind]
    const path = `/agents/${agent.id}/knowledge/add`
    return (
      <AgentFrame visit={visit}>
        <div class="two">
          <Card
            title="Add source"
            actions={
              <nav class="seg" aria-label="Kind of source">
                {Object.entries(FORMS).map(([name, form]) => (
                  <a href={`${path}?kind=${name}`} aria-current={name === kind ? 'page' : undefined}>
                    {form.title}
                  </a>
                ))}
              </nav>
            }
          >
            <div class="pad">
              <Form visit={visit} name="add" action={path} upload={kind === 'file'}>
                <input type="hidden" name="kind" value={kind} />
                <Inputs visit={visit} form="add" />
                <div class="bar">
                  <button class="btn p">Add {title.toLowerCase()}</button>
                  <a class="btn" href={`/agents/${agent.id}/knowledge`}>
                    Cancel
                  </a>
                </div>
              </Form>
            </div>
          </Card>
          <p class="small muted">{hint}</p>
        </div>
      </AgentFrame>
    )
  },
}

const create: Action = {
  path: '/agents/:agentId/knowledge/add',
  scope: 'knowledge:write',
  again: add,
  maxBytes: MAX_FILE_BYTES + 64 * 1024,
  act: async (visit, fields) => {
    const kind = fields.text('kind')
    if (kind === 'text') return addText(visit, fields)
    const source = kind === 'file' ? await takeFile(visit, fields) : await takeSource(visit, kind, fields)
    return `/agents/${agentOf(visit).id}/knowledge/sources/${source.id}`
  },
}

async function addText(visit: Visit, fields: Fields): Promise<Outcome> {
  const { id } = agentOf(visit)
  const input = { title: fields.text('title'), content: fields.text('content'), url: fields.optional('url') }
  const document = await addDocument(visit.tenant, id, check(knowledgeContract.addDocument, input))
  return {
    to: `/agents/${id}/knowledge`,
    flash: { text: `“${document.title}” is added. The agent answers from it at once.` },
  }
}

async function takeFile(visit: Visit, fields: Fields) {
  const file = fields.file('file')
  if (!file || file.size === 0) throw problem('VALIDATION_FAILED', { message: 'file: choose a file', param: 'file' })
  const bytes = new Uint8Array(await file.arrayBuffer())
  const name = file.name.slice(0, 120)
  return addFile(visit.tenant, agentOf(visit).id, { name }, { bytes, contentType: file.type || undefined })
}

async function takeSource(visit: Visit, kind: string, fields: Fields) {
  const name = fields.optional('name')
  const everyHours = fields.number('everyHours')
  const lists = { include: fields.lines('include'), exclude: fields.lines('exclude') }
  const limits = { maxPages: fields.number('maxPages'), maxDepth: fields.number('maxDepth') }
  const url = fields.text('url')
  const input =
    kind === 'pairs'
      ? { kind, name: fields.text('name'), pairs: readPairs(fields.text('pairs')) }
      : kind === 'page'
        ? { kind, name, url, everyHours }
        : { kind, name, url, everyHours, ...lists, ...limits }
  return addSource(visit.tenant, agentOf(visit).id, check(sourceContract.addSource, input))
}

export const addSourcePages = [add]
export const addSourceActions = [create]
