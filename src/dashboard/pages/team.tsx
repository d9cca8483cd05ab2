import { type Role, ROLES } from '../../context.ts'
import { identityContract } from '../../identity/contract.ts'
import { invite, listInvitations, revokeInvitation } from '../../identity/invitations.ts'
import { changeRole, listMembers, removeMember } from '../../identity/members.ts'
import { check } from '../fields.ts'
import { Frame } from '../frame.tsx'
import { Card, Empty, More, Table } from '../parts/card.tsx'
import { ActionButton, Field, Form } from '../parts/form.tsx'
import { Ago, Status } from '../parts/text.tsx'
import type { Action, Page, Visit } from '../visit.ts'

const FORM = 'invite'
const MEANING: Record<Role, string> = {
  owner: 'Everything, also making and removing owners',
  admin: 'Everything but owners',
  builder: 'Agents, knowledge and keys',
  agent: 'Reads, and talks to agents',
  viewer: 'Reads',
}

const team: Page = {
  path: '/team',
  scope: 'members:read',
  render: async (visit) => {
    const { tenant, url } = visit
    const mayWrite = visit.may('members:write')
    const [members, invitations] = await Promise.all([
      listMembers(tenant, { limit: 50, cursor: url.searchParams.get('members') ?? undefined }),
      mayWrite ? listInvitations(tenant, { limit: 50 }) : undefined,
    ])
    return (
      <Frame visit={visit} title="Team">
        <div class="two">
          <div class="stack">
            <Card title="Members">
              <Table label="Members" head={['Name', 'E-mail', 'Role', 'Joined', '']}>
                {members.data.map((member) => (
                  <MemberRow visit={visit} member={member} />
                ))}
              </Table>
              <More url={url} name="members" cursor={members.pagination.nextCursor} />
            </Card>
            {invitations && <Invitations visit={visit} list={invitations.data} />}
          </div>
          <div class="stack">
            {mayWrite && <Invite visit={visit} />}
            <Card title="Roles">
              <Table label="Roles" head={['Role', 'May']}>
                {ROLES.toReversed().map((role) => (
                  <tr>
                    <td>{role}</td>
                    <td class="small">{MEANING[role]}</td>
                  </tr>
                ))}
              </Table>
            </Card>
          </div>
        </div>
      </Frame>
    )
  },
}

type Member = Awaited<ReturnType<typeof listMembers>>['data'][number]
type Invitation = Awaited<ReturnType<typeof listInvitations>>['data'][number]

/** Nobody changes who outranks them, so nobody is offered it. */
const grantable = ({ member }: Visit): readonly Role[] => ROLES.slice(0, ROLES.indexOf(member.role) + 1).toReversed()

const MemberRow = ({ visit, member }: { visit: Visit; member: Member }) => {
  const isSelf = member.id === visit.member.id
  const mayChange = visit.may('members:write') && !isSelf && grantable(visit).includes(member.role)
  const form = `role-${member.id}`
  return (
    <tr>
      <td>
        {member.name} {isSelf && <span class="small muted">you</span>}
      </td>
      <td class="small">{member.email}</td>
      <td>
        {mayChange ? (
          <Form visit={visit} name={form} action={`/team/${member.id}/role`} class="bar">
            <label class="vh" for={form}>
              Role of {member.name}
            </label>
            <select name="role" id={form}>
              {grantable(visit).map((role) => (
                <option value={role} selected={role === member.role}>
                  {role}
                </option>
              ))}
            </select>
            <button class="btn s">Set</button>
          </Form>
        ) : (
          member.role
        )}
      </td>
      <td class="muted">
        <Ago at={member.joinedAt} />
      </td>
      <td class="n">
        {mayChange && (
          <ActionButton
            visit={visit}
            name={`remove-${member.id}`}
            action={`/team/${member.id}/remove`}
            class="btn s danger"
            confirm={`Remove ${member.name}? They lose access at once; keys they made keep working.`}
          >
            Remove<span class="vh"> {member.name}</span>
          </ActionButton>
        )}
      </td>
    </tr>
  )
}

const Invite = ({ visit }: { visit: Visit }) => (
  <Card title="Invite">
    <div class="pad">
      <Form visit={visit} name={FORM} action="/team/invite">
        <Field visit={visit} form={FORM} name="email" label="E-mail" type="email" value="" required />
        <Field
          visit={visit}
          form={FORM}
          name="role"
          label="Role"
          options={grantable(visit).map((role) => [role, role] as const)}
          value="builder"
        />
        <div>
          <button class="btn p">Invite</button>
        </div>
      </Form>
    </div>
  </Card>
)

const Invitations = ({ visit, list }: { visit: Visit; list: Invitation[] }) => (
  <Card title="Open invitations">
    {list.length === 0 ? (
      <Empty text="None. An invitation holds for seven days." />
    ) : (
      <Table label="Open invitations" head={['E-mail', 'Role', 'State', 'Ends', '']}>
        {list.map(({ id, email, role, expiresAt }) => (
          <tr>
            <td class="small">{email}</td>
            <td>{role}</td>
            <td>
              <Status kind="info">Waiting</Status>
            </td>
            <td class="muted">
              <Ago at={expiresAt} />
            </td>
            <td class="n">
              <ActionButton
                visit={visit}
                name={`withdraw-${id}`}
                action={`/team/invitations/${id}/withdraw`}
                class="btn s"
              >
                Withdraw<span class="vh"> the invitation of {email}</span>
              </ActionButton>
            </td>
          </tr>
        ))}
      </Table>
    )}
  </Card>
)

const scope = 'members:write'
const send: Action = {
  path: '/team/invite',
  scope,
  again: team,
  act: async ({ tenant }, fields) => {
    const input = check(identityContract.createInvitation, { email: fields.text('email'), role: fields.text('role') })
    const { email, link } = await invite(tenant, input)
    const text = link
      ? `Hand this link to ${email}; it is shown once: ${link}`
      : `We sent ${email} a link that holds for seven days.`
    return { to: '/team', flash: { text } }
  },
}
const withdraw: Action = {
  path: '/team/invitations/:id/withdraw',
  scope,
  again: team,
  act: async ({ tenant, params }) => {
    await revokeInvitation(tenant, params.id ?? '')
    return { to: '/team', flash: { text: 'The invitation is withdrawn; its link opens nothing any more.' } }
  },
}
const setRole: Action = {
  path: '/team/:id/role',
  scope,
  again: team,
  act: async ({ tenant, params }, fields) => {
    const { role } = check(identityContract.changeRole, { role: fields.text('role') })
    await changeRole(tenant, params.id ?? '', role)
    return { to: '/team', flash: { text: 'The role is changed; it counts at once.' } }
  },
}
const remove: Action = {
  path: '/team/:id/remove',
  scope,
  again: team,
  act: async ({ tenant, params }) => {
    await removeMember(tenant, params.id ?? '')
    return { to: '/team', flash: { text: 'They are removed and can open nothing here any more.' } }
  },
}

export const teamPages = [team]
export const teamActions = [send, withdraw, setRole, remove]
