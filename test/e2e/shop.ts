import { readArticles } from '../../src/cli/articles.ts'
import { addPerson, browse } from '../support/people.ts'
import { endOfSync } from '../support/sources.ts'
import type { TestWorker } from '../support/worker.ts'
import { createWorkspace } from '../support/workspace.ts'
import type { HelpSite } from './help-site.ts'

const PAIRS = [
  { question: 'Do you ship to Norway?', answer: 'Yes, in 5 working days. Customs are paid on delivery.' },
  { question: 'Can I pay by invoice?', answer: 'Companies can, from the second order on.' },
]

/** A workspace as it looks after some weeks: sources of each kind, one of them with failures, questions, a draft. */
export async function openShop(worker: TestWorker, site: HelpSite) {
  const agent = {
    name: 'Fernway help',
    behavior: { greeting: 'Hello, this is Fernway help. Ask me about orders, returns or your gear.' },
    allowedOrigins: ['https://www.fernway.example'],
  }
  const space = await createWorkspace(worker, { agent })
  const { agentId, asOrganization } = space
  await worker.env.DB.prepare('UPDATE organizations SET name = ? WHERE id = ?')
    .bind('Fernway Supply', space.orgId)
    .run()
  for (const article of (await readArticles('fernway-supply')).slice(-24)) {
    const { title, content, ...more } = article
    await space.addDocument(title, content, more)
  }
  const sources = `/api/agents/${agentId}/knowledge/sources`
  const crawl = { kind: 'site', name: 'Help centre', url: site.origin, everyHours: 24 }
  const crawled = (await asOrganization('POST', sources, crawl)).body
  const pairs = (await asOrganization('POST', sources, { kind: 'pairs', name: 'Asked on the phone', pairs: PAIRS }))
    .body
  const broken = (
    await asOrganization('POST', sources, { kind: 'page', name: 'Old policy', url: `${site.origin}/winter-sale` })
  ).body
  for (const { id } of [crawled, pairs, broken]) await endOfSync(space, id)
  for (const question of ['How long do refunds take?', 'Do you deliver to the moon?', 'How do I wash my tent?']) {
    await space.ask(question)
  }
  const owner = await addPerson(worker, space.orgId, 'owner', { name: 'Dana Whitlock', email: 'dana@fernway.example' })
  await addPerson(worker, space.orgId, 'builder', { name: 'Jon Berg', email: 'jon@fernway.example' })
  const viewer = await addPerson(worker, space.orgId, 'viewer', { name: 'Marta Silva', email: 'marta@fernway.example' })
  const asOwner = (method: string, path: string, body?: unknown) => browse(worker, owner.token, method, path, body)
  await asOwner('POST', '/api/invitations', { email: 'new@fernway.example', role: 'agent' })
  const tested = { messages: [{ role: 'user', content: 'How long do refunds take?' }] }
  const { conversationId } = (await asOwner('POST', space.chatPath, tested)).body
  await asOwner('PATCH', `/api/agents/${agentId}/draft`, {
    greeting: 'Hello! Ask me about orders, returns or your gear.',
    noEvidence: 'hand_off',
  })
  const documents = (await asOwner('GET', `/api/agents/${agentId}/knowledge/documents?limit=1`)).body
  return {
    ...space,
    owner,
    viewer,
    conversationId,
    sourceId: crawled.id,
    pairsId: pairs.id,
    documentId: documents.data[0].id,
  }
}

export type Shop = Awaited<ReturnType<typeof openShop>>

/** Every page that a signed-in member can open, by a short name. */
export function pagesOf({ agentId, conversationId, sourceId, pairsId, documentId }: Shop): Record<string, string> {
  const agent = `/agents/${agentId}`
  return {
    home: '/',
    agents: '/agents',
    'agent-new': '/agents/new',
    overview: agent,
    behaviour: `${agent}/behaviour`,
    knowledge: `${agent}/knowledge`,
    search: `${agent}/knowledge?q=How+long+do+refunds+take%3F`,
    'add-text': `${agent}/knowledge/add?kind=text`,
    'add-site': `${agent}/knowledge/add?kind=site`,
    'add-file': `${agent}/knowledge/add?kind=file`,
    'add-pairs': `${agent}/knowledge/add?kind=pairs`,
    source: `${agent}/knowledge/sources/${sourceId}`,
    pairs: `${agent}/knowledge/sources/${pairsId}`,
    document: `${agent}/knowledge/documents/${documentId}`,
    test: `${agent}/test?c=${conversationId}`,
    'test-empty': `${agent}/test`,
    deploy: `${agent}/deploy`,
    'agent-settings': `${agent}/settings`,
    keys: '/keys',
    usage: '/usage',
    team: '/team',
    audit: '/audit',
    settings: '/settings',
    start: '/start',
    'workspace-new': '/workspaces/new',
    'not-found': '/nothing/here',
  }
}

/** Pages of who has not signed in. */
export const DOORS: Record<string, string> = {
  'sign-in': '/sign-in',
  'sign-up': '/sign-up',
  confirm: '/sign-up/confirm?token=none',
  'forgot-password': '/forgot-password',
  'reset-password': '/reset-password?token=none',
  'invitation-invalid': '/invitation?token=none',
}
