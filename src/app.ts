import { accessApi } from './access/api.ts'
import { agentsApi } from './agents/api.ts'
import { chatApi } from './chat/api.ts'
import { contracts } from './contracts.ts'
import { conversationsApi } from './conversations/api.ts'
import { docsApi } from './docs/api.ts'
import { chatMethodPage } from './docs/chat-method-page.ts'
import { honoPath } from './http/implement.ts'
import { knowledgeApi, sourcesApi } from './knowledge/api.ts'
import { problem } from './lib/problem.ts'
import { organizationsApi } from './organizations/api.ts'
import { usageApi } from './usage/api.ts'
import { vaultApi } from './vault/api.ts'
import { createRouter } from './router.ts'

/** Every room. Loaded with the first request that is no chat: building all the contracts takes longer than the chat's start. */
export const app = createRouter()

for (const room of [
  chatApi,
  knowledgeApi,
  sourcesApi,
  conversationsApi,
  agentsApi,
  accessApi,
  usageApi,
  organizationsApi,
  vaultApi,
  docsApi,
]) {
  app.route('/', room)
}

/** A known path with another method is told so, with the methods that it takes. */
const methods = Map.groupBy(Object.values(contracts), ({ path }) => path)
for (const [path, operations] of methods) {
  const allow = operations.map(({ method }) => method.toUpperCase()).join(', ')
  app.all(honoPath(path), (c) => {
    if (path === contracts.chat.path && c.req.header('accept')?.includes('text/html')) {
      return c.html(chatMethodPage(new URL(c.req.url)), 405, { allow })
    }
    throw problem('METHOD_NOT_ALLOWED', { headers: { allow } })
  })
}
