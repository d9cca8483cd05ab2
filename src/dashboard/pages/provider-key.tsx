import { modelsContract } from '../../models/contract.ts'
import {
  listProviderKeys,
  type ProviderKey,
  type ProviderKeyTest,
  putProviderKey,
  testProviderKey,
} from '../../models/provider-keys.ts'
import { planOf, PLANS } from '../../organizations/plans.ts'
import { deleteCredential } from '../../vault/credentials.ts'
import { check } from '../fields.ts'
import { Card, Facts } from '../parts/card.tsx'
import { ActionButton, Field, Form } from '../parts/form.tsx'
import { Ago, Status } from '../parts/text.tsx'
import type { Action, Outcome, Page, Visit } from '../visit.ts'

const FORM = 'provider-key'
const PROVIDER = 'openai'
const PATH = '/settings/provider-key'
const HERE = '/settings#provider-key'

/** The organization's own provider key: its end and how it does, never the key. */
export const ProviderKeyCard = async ({ visit }: { visit: Visit }) => {
  const key = (await listProviderKeys(visit.tenant)).find(({ provider }) => provider === PROVIDER)
  return (
    <Card title="Provider key" id="provider-key" state={key && <TestState of={key.lastTest} />}>
      <div class="pad stack">
        {key ? <KeyFacts of={key} /> : <p class="muted">None is stored.</p>}
        <WhatItIsFor visit={visit} hasKey={key !== undefined} />
        {visit.may('organization:write') && <KeyForms visit={visit} hasKey={key !== undefined} />}
      </div>
    </Card>
  )
}

const TestState = ({ of }: { of: ProviderKeyTest | null }) => {
  if (!of) return <Status kind="off">Not tested</Status>
  if (of.ok) return <Status kind="ok">Works</Status>
  return of.code === 'PROVIDER_KEY_INVALID' ? <Status kind="err">Refused</Status> : <Status kind="warn">Unclear</Status>
}

const KeyFacts = ({ of: { last4, updatedAt, lastTest } }: { of: ProviderKey }) => (
  <Facts
    of={[
      ['Key', <span class="mono">…{last4}</span>],
      ['Stored', <Ago at={updatedAt} />],
      ['Tested', lastTest ? <Ago at={lastTest.at} /> : 'never'],
      ['Result', lastTest?.message],
    ]}
  />
)

const WhatItIsFor = ({ visit: { tenant }, hasKey }: { visit: Visit; hasKey: boolean }) => {
  if (!planOf(tenant.org).features.includes('byok')) {
    return <p class="small muted">{PLANS.starter?.name} and larger plans include a key of your own.</p>
  }
  if (tenant.org.inference === 'hosted') {
    return (
      <p class="small muted">FlexyAgents pays the model of this workspace: a key that is stored here is not used.</p>
    )
  }
  if (hasKey) return <p class="small muted">Every answer is made with this key, on your account at the provider.</p>
  return (
    <p class="note careful">
      Agents of this workspace answer with its own key only: without one chats are refused with 402.
    </p>
  )
}

const KeyForms = ({ visit, hasKey }: { visit: Visit; hasKey: boolean }) => (
  <>
    {planOf(visit.tenant.org).features.includes('byok') && (
      <Form visit={visit} name={FORM} action={PATH}>
        <Field
          visit={visit}
          form={FORM}
          name="apiKey"
          type="password"
          label={hasKey ? 'Another key in its place' : 'Key'}
          hint="Stored encrypted, tried at once with a few tokens, and never shown again."
          autocomplete="off"
          required
        />
        <div>
          <button class="btn p">{hasKey ? 'Replace' : 'Add'}</button>
        </div>
      </Form>
    )}
    {hasKey && (
      <div class="bar">
        <ActionButton visit={visit} name="test-provider-key" action={`${PATH}/test`} class="btn s">
          Test
        </ActionButton>
        <ActionButton
          visit={visit}
          name="delete-provider-key"
          action={`${PATH}/delete`}
          class="btn s"
          confirm="Delete the provider key? Chats that need it are refused from then on."
        >
          Delete
        </ActionButton>
      </div>
    )}
  </>
)

const told = ({ message }: ProviderKeyTest): Outcome => ({ to: HERE, flash: { text: message } })

/** The actions of the card, for the page that it stands on. */
export function providerKeyActions(page: Page): Action[] {
  const common = { scope: 'organization:write', again: page } as const
  const put: Action = {
    ...common,
    path: PATH,
    act: async ({ tenant }, fields) => {
      const { apiKey } = check(modelsContract.putProviderKey, { apiKey: fields.text('apiKey').trim() })
      const { lastTest } = await putProviderKey(tenant, PROVIDER, apiKey)
      return { to: HERE, flash: { text: `Stored. ${lastTest?.message ?? ''}`.trim() } }
    },
  }
  const test: Action = {
    ...common,
    path: `${PATH}/test`,
    act: async ({ tenant }) => told(await testProviderKey(tenant, PROVIDER)),
  }
  const remove: Action = {
    ...common,
    path: `${PATH}/delete`,
    act: async ({ tenant }) => {
      await deleteCredential(tenant, PROVIDER)
      return { to: HERE, flash: { text: 'The provider key is deleted.' } }
    },
  }
  return [put, test, remove]
}
