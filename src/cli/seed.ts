import { readArticles } from './articles.ts'
import { type Demo, type DemoAccess, KEY_NAME } from './demo-organizations.ts'
import { WorkerApi } from './worker-api.ts'

const PARALLEL_UPLOADS = 4

/** Completes the demo through the Worker's own API. What an interrupted start has done is not done again. */
export async function seed(baseUrl: string, known: DemoAccess[]) {
  const seeded = await Promise.all(known.map((access) => seedOrganization(baseUrl, access)))
  const articles = seeded.reduce((sum, organization) => sum + organization.articles, 0)
  return { access: seeded.map(({ access }) => access), articles }
}

type Seeded = { access: Required<DemoAccess>; articles: number }

async function seedOrganization(baseUrl: string, known: DemoAccess): Promise<Seeded> {
  const { demo, organizationKey, agentId, apiKey } = known
  if (agentId && apiKey) return { access: { demo, organizationKey, agentId, apiKey }, articles: 0 }
  const api = new WorkerApi(baseUrl, organizationKey)
  const agent = await findOrCreateAgent(api, demo)
  // Whoever has put another agent in its place does not want our articles in it.
  const articles = agent.name === demo.agent.name ? await addArticles(api, agent.id, demo.articles) : 0
  const input = { name: KEY_NAME, environment: 'test', scopes: ['chat'] }
  const { key } = await api.post<{ key: string }>(`/api/agents/${agent.id}/keys`, input)
  return { access: { demo, organizationKey, agentId: agent.id, apiKey: key }, articles }
}

type Agent = { id: string; name: string }

async function findOrCreateAgent(api: WorkerApi, demo: Demo): Promise<Agent> {
  const agents = await api.list<Agent>('/api/agents')
  const found = agents.find(({ name }) => name === demo.agent.name) ?? agents[0]
  return found ?? (await api.post<Agent>('/api/agents', demo.agent))
}

/** Uploads the articles whose title is not there yet; returns how many the agent has then. */
async function addArticles(api: WorkerApi, agentId: string, folder: string): Promise<number> {
  const path = `/api/agents/${agentId}/knowledge/documents`
  const [articles, documents] = await Promise.all([readArticles(folder), api.list<{ title: string }>(path)])
  const present = new Set(documents.map(({ title }) => title))
  const missing = articles.filter(({ title }) => !present.has(title))
  const upload = async () => {
    for (let article = missing.pop(); article; article = missing.pop()) await api.post(path, article)
  }
  await Promise.all(Array.from({ length: PARALLEL_UPLOADS }, upload))
  return articles.length
}
