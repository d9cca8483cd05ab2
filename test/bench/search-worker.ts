// The knowledge index behind plain HTTP: one call of the Durable Object a request, nothing else.
import { KnowledgeIndex as Product } from '../../src/knowledge/index/knowledge-index.ts'

export class KnowledgeIndex extends Product {
  async stored(): Promise<number> {
    return this.ctx.storage.sql.databaseSize
  }
}

type SearchEnv = { KNOWLEDGE: DurableObjectNamespace<KnowledgeIndex> }
type Call = { name: string } & (
  | { call: 'put'; documents: Parameters<KnowledgeIndex['putDocument']>[0][] }
  | { call: 'search'; text: string }
  | { call: 'nothing' }
)

export default {
  async fetch(request: Request, env: SearchEnv): Promise<Response> {
    const asked = await request.json<Call>()
    const index = env.KNOWLEDGE.getByName(asked.name)
    switch (asked.call) {
      case 'put': {
        for (const document of asked.documents) await index.putDocument(document)
        return Response.json({ ...(await index.stats()), stored: await index.stored() })
      }
      case 'search': {
        const texts = [{ text: asked.text, weight: 1 }]
        const { passages } = await index.search({ texts, limit: 6, maxChars: 6_000 })
        return Response.json({ passages: passages.length })
      }
      case 'nothing':
        return Response.json({ documents: (await index.getDocument('none')) === undefined ? 0 : 1 })
    }
  },
}
