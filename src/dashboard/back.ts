import type { Fields } from './fields.ts'

/** Where a form stands: sent along with it. */
export type Back = { back: 'deploy' | 'keys' } | { back: 'start'; c: string }

/** The page that a form about an agent stood on. Only pages of this agent, whatever was sent. */
export function backTo(agentId: string, fields: Fields): string {
  switch (fields.text('back')) {
    case 'keys':
      return '/keys'
    case 'start':
      return `/start?${new URLSearchParams({ agent: agentId, c: fields.text('c') }).toString()}#call`
    default:
      return `/agents/${agentId}/deploy`
  }
}
