import type { Tenant } from '../context.ts'
import type { Statement } from '../db/client.ts'

/**
 * What a new invitation's batch has to hold so that it is undone when members and open invitations would be more than
 * the plan's seats. No plan counts seats yet; the one that does puts its `atMost` here.
 */
export function seatStatements(_tenant: Tenant): Statement[] {
  return []
}
