import { accessApi } from './access/api.ts'
import { agentsApi } from './agents/api.ts'
import { auditApi } from './audit/api.ts'
import { chatApi } from './chat/api.ts'
import { contracts } from './contracts.ts'
import { conversationsApi } from './conversations/api.ts'
import { docsApi } from './docs/api.ts'
import { chatMethodPage } from './docs/chat-method-page.ts'
import { honoPath } from './http/implement.ts'
import { knowledgeApi, sourcesApi } from './knowledge/api.ts'
import { problem } from './lib/problem.ts'
import { authApi, identityApi } from './identity/api.ts'
import { oidcApi } from './identity/oidc/api.ts'
import { mailApi } from './mail/api.ts'
import { organizationsApi } from './organizations/api.ts'
import { privacyApi } from './privacy/api.ts'
import { usageApi } from './usage/api.ts'
import { modelsApi } from './models/api.ts'
import { createRouter, noSuchPath } from './router.ts'

/** Every room. Loaded with the first request that is no chat: building all the contracts takes longer than the chat's start. */
export const app = createRouter()

app.notFound(async (c) => {
  if (!isForPeople(c.req.path)) return noSuchPath(c)
  // Loaded with the first page that is asked for.
  const { dashboard } = await import('./dashboard/dashboard.tsx')
  const callApi = async (request: Request) => app.fetch(request, c.env, c.executionCtx)
  return dashboard.fetch(c.req.raw, { ...c.env, callApi }, c.executionCtx)
})

/** Every path is a page of the dashboard but those that programs call. */
const isForPeople = (path: string) => !/^\/(?:api|docs|dev)(?:\/|$)|\.json$/.test(path)

for (const room of [
  chatApi,
  knowledgeApi,
  sourcesApi,
  conversationsApi,
  agentsApi,
  accessApi,
  identityApi,
  authApi,
  oidcApi,
  usageApi,
  organizationsApi,
  modelsApi,
  auditApi,
  privacyApi,
  mailApi,
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
