import { organizationsContract } from '../../organizations/contract.ts'
import { renameOrganization } from '../../organizations/organizations.ts'
import { listSessions, revokeSession } from '../../identity/sessions.ts'
import { switchOrganization } from '../../identity/switch-organization.ts'
import { check } from '../fields.ts'
import { Frame } from '../frame.tsx'
import { Card, Facts, Table } from '../parts/card.tsx'
import { ActionButton, Field, Form } from '../parts/form.tsx'
import { Ago, Id, Status } from '../parts/text.tsx'
import { themeCookie } from '../request.ts'
import type { Action, Page, Visit } from '../visit.ts'
import { ProviderKeyCard, providerKeyActions } from './provider-key.tsx'

const FORM = 'workspace'
const THEMES = [
  ['auto', 'As the system'],
  ['light', 'Light'],
  ['dark', 'Dark'],
] as const
const METHODS: Record<string, string> = { password: 'Password', mail_link: 'Link in a mail', oidc: 'Single sign-on' }

const settings: Page = {
  path: '/settings',
  scope: 'organization:read',
  render: async (visit) => {
    const { tenant, member } = visit
    const [sessions, providerKey] = await Promise.all([
      listSessions(tenant, member.id, member.sessionId),
      ProviderKeyCard({ visit }),
    ])
    return (
      <Frame visit={visit} title="Settings">
        <div class="two">
          <div class="stack">
            <Card title="Workspace" state={<Id>{tenant.org.id}</Id>}>
              <div class="pad">
                {visit.may('organization:write') ? (
                  <Form visit={visit} name={FORM} action="/settings/workspace">
                    <Field visit={visit} form={FORM} name="name" label="Name" value={tenant.org.name} required />
                    <div>
                      <button class="btn p">Save</button>
                    </div>
                  </Form>
                ) : (
                  <Facts of={[['Name', tenant.org.name]]} />
                )}
              </div>
            </Card>
            {providerKey}
            <Card title="Your sessions">
              <Table label="Your sessions" head={['Browser', 'Address', 'Signed in by', 'Last seen', '']}>
                {sessions.map((session) => (
                  <tr>
                    <td class="wide">
                      {browserOf(session.userAgent)} {session.isCurrent && <Status kind="ok">This one</Status>}
                    </td>
                    <td class="mono small">{session.address}</td>
                    <td>{METHODS[session.method] ?? session.method}</td>
                    <td class="muted">
                      <Ago at={session.lastSeenAt} />
                    </td>
                    <td class="n">
                      {!session.isCurrent && (
                        <ActionButton
                          visit={visit}
                          name={`end-${session.id}`}
                          action={`/settings/sessions/${session.id}/end`}
                          class="btn s"
                        >
                          End
                        </ActionButton>
                      )}
                    </td>
                  </tr>
                ))}
              </Table>
            </Card>
          </div>
          <div class="stack">
            <Card title="You">
              <div class="pad">
                <Facts
                  of={[
                    ['Name', member.name],
                    ['E-mail', member.email],
                    ['Role here', member.role],
                  ]}
                />
              </div>
            </Card>
            <Card title="Look">
              <div class="pad">
                <Form visit={visit} name="theme" action="/settings/theme">
                  <Field visit={visit} form="theme" name="theme" label="Colours" options={THEMES} value={visit.theme} />
                  <div>
                    <button class="btn">Save</button>
                  </div>
                </Form>
              </div>
            </Card>
          </div>
        </div>
      </Frame>
    )
  },
}

const BROWSERS = ['Edg', 'OPR', 'Firefox', 'Chrome', 'Safari'] as const
const SYSTEMS = ['Windows', 'Android', 'iPhone', 'iPad', 'Mac OS', 'Linux'] as const

/** `Firefox on Windows`: as much as one needs to know one's own machines. */
function browserOf(agent: string): string {
  const browser = BROWSERS.find((name) => agent.includes(name)) ?? (agent.split('/')[0] || 'Unknown')
  const system = SYSTEMS.find((name) => agent.includes(name))
  const known = { Edg: 'Edge', OPR: 'Opera' }[browser as 'Edg'] ?? browser
  return system ? `${known} on ${system.replace('Mac OS', 'macOS')}` : known
}

const rename: Action = {
  path: '/settings/workspace',
  scope: 'organization:write',
  again: settings,
  act: async ({ tenant }, fields) => {
    const { name } = check(organizationsContract.updateOrganization, { name: fields.text('name') })
    await renameOrganization(tenant, name)
    return { to: '/settings', flash: { text: 'Saved.' } }
  },
}

const endSession: Action = {
  path: '/settings/sessions/:id/end',
  scope: 'profile',
  again: settings,
  act: async ({ tenant, member, params }) => {
    await revokeSession(tenant, member.id, params.id ?? '')
    return { to: '/settings', flash: { text: 'That session has ended.' } }
  },
}

const theme: Action = {
  path: '/settings/theme',
  scope: 'profile',
  again: settings,
  act: async ({ url }: Visit, fields) => ({ to: '/settings', cookie: themeCookie(url, fields.text('theme')) }),
}

const switchTo: Action = {
  path: '/switch',
  scope: 'profile',
  again: settings,
  act: async ({ tenant }, fields) => ({
    to: '/',
    cookie: await switchOrganization(tenant, fields.text('organization')),
  }),
}

export const settingsPages = [settings]
export const settingsActions = [rename, endSession, theme, switchTo, ...providerKeyActions(settings)]
