/** Sources as a customer sees them: through the API. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Json, Workspace } from './workspace.ts'

/** The source when its run has ended. */
export async function endOfSync(space: Pick<Workspace, 'asOrganization' | 'agentId'>, id: string): Promise<Json> {
  for (;;) {
    const { body } = await space.asOrganization('GET', `/api/agents/${space.agentId}/knowledge/sources/${id}`)
    if (body.state !== 'running') return body
    await sleep(50)
  }
}
