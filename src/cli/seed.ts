import { readArticles } from './articles.ts'
import { type DemoAccess, KEY_NAME } from './demo-access.ts'
import { DEMOS, type Demo } from './demo-organizations.ts'
import { WorkerApi } from './worker-api.ts'

const PARALLEL_UPLOADS = 4

/** Completes the demo through the Worker's own API. What an interrupted start has done is not done again. */
export async function seed(baseUrl: string, known: DemoAccess[]) {
  let articles = 0
  const access = await Promise.all(
    known.map(async ({ demo, organizationKey, agentId, apiKey }): Promise<Required<DemoAccess>> => {
      if (agentId && apiKey) return { demo, organizationKey, agentId, apiKey }
      const api = new WorkerApi(baseUrl, organizationKey)
      const agent = await findOrCreateAgent(api, demo)
      // Whoever has put another agent in its place does not want our articles in it.
      if (agent.name === demo.agent.name) articles += await addArticles(api, agent.id, demo.articles)
      const input = { name: KEY_NAME, environment: 'test', scopes: ['chat'] }
      const { key } = await api.post<{ key: string }>(`/api/agents/${agent.id}/keys`, input)
      return { demo, organizationKey, agentId: agent.id, apiKey: key }
    }),
  )
  return { access, articles, question: DEMOS[0].question }
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
