import type { listKeys } from '../../access/keys.ts'
import type { Visit } from '../visit.ts'
import { ActionButton } from './form.tsx'
import { Status } from './text.tsx'

export type Key = Awaited<ReturnType<typeof listKeys>>['data'][number]

/** What of a key may be shown: `fxa_live_Q7mZ0aB3cD4e…c41d`. */
export const KeyText = ({ of }: { of: Key }) => (
  <span class="mono nowrap">
    {of.prefix}…{of.last4}
  </span>
)

export function isLive(key: Key, now: number): boolean {
  return key.revokedAt === null && (key.expiresAt === null || Date.parse(key.expiresAt) > now)
}

export const KeyState = ({ of, now }: { of: Key; now: number }) => {
  if (of.revokedAt) return <Status kind="off">Revoked</Status>
  if (!isLive(of, now)) return <Status kind="off">Expired</Status>
  if (of.replacedBy) return <Status kind="warn">Rotated, still works</Status>
  return <Status kind="ok">Active</Status>
}

/** Rotate and revoke; what breaks is said before. `back` is the page that the forms lead back to. */
export const KeyButtons = ({
  visit,
  of,
  small = false,
  back,
}: {
  visit: Visit
  of: Key
  small?: boolean
  back: 'deploy' | 'keys'
}) => {
  if (!visit.may('keys:write') || !isLive(of, visit.tenant.now())) return null
  const base = `/agents/${of.agentId}/keys/${of.id}`
  const style = small ? 'btn s' : 'btn'
  return (
    <div class="bar">
      {of.replacedBy === null && (
        <ActionButton visit={visit} name={`rotate-${of.id}`} action={`${base}/rotate`} class={style} fields={{ back }}>
          Rotate<span class="vh"> {of.name}</span>
        </ActionButton>
      )}
      <ActionButton
        visit={visit}
        name={`revoke-${of.id}`}
        action={`${base}/revoke`}
        class={`${style} danger`}
        fields={{ back }}
        confirm={`Revoke the key "${of.name}"? Whatever uses it stops working at once.`}
      >
        Revoke<span class="vh"> {of.name}</span>
      </ActionButton>
    </div>
  )
}
