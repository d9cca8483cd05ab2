// What members change by forms, with a browser that runs no script, and what is guarded.
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startDirectWorker } from '../support/direct-worker.ts'
import { addPerson } from '../support/people.ts'
import type { TestWorker } from '../support/worker.ts'
import { createWorkspace, type Workspace } from '../support/workspace.ts'
import { type HelpSite, startHelpSite } from './help-site.ts'
import { openBrowser, Tab } from './browser.ts'

let browser: Browser
let site: HelpSite
let worker: TestWorker
let space: Workspace
let token: string
beforeAll(async () => {
  site = await startHelpSite(400)
  worker = await startDirectWorker({ vars: { MAIL_MODE: 'outbox', ALLOW_LOOPBACK_URLS: site.origin } })
  space = await createWorkspace(worker)
  ;({ token } = await addPerson(worker, space.orgId, 'owner', { name: 'Dana Whitlock' }))
  browser = await openBrowser()
})
afterAll(async () => {
  await browser?.close()
  await worker?.close()
  await site?.close()
})

const press = ({ page }: Tab, name: string) => page.getByRole('button', { name, exact: true }).click()

test('behaviour is drafted, compared, published and brought back', async () => {
  const tab = await Tab.open(browser, worker, { token, script: false })
  const { page } = tab
  const ask = async () => (await space.ask('Hello')).body.content
  await page.goto(`/agents/${space.agentId}/behaviour`)
  await page.getByLabel('Greeting').fill('Good day.\nWhat is it about?')
  await press(tab, 'Save draft')
  await page.getByText('1 change').waitFor()
  expect(await page.locator('ins').allTextContents()).toEqual(['New: Good day.', 'New: What is it about?'])
  expect(await page.locator('del').count()).toBe(1)
  expect(await ask()).not.toContain('Good day')
  await page.getByRole('button', { name: 'Publish changes' }).first().click()
  await page.getByText('It holds from the next question on').waitFor()
  expect(await ask()).toContain('Good day')
  expect(await page.getByText('v2', { exact: true }).count()).toBe(1)
  await page.getByText('Dana Whitlock').first().waitFor()
  await press(tab, 'Draft from it')
  await page.getByText('1 change').waitFor()
  await press(tab, 'Discard')
  await page.getByText('The draft is gone').waitFor()
  await page.goto('/audit?action=agent')
  const actions = await page.locator('td.mono').allTextContents()
  expect(actions.slice(0, 4)).toEqual([
    'agent.draft_discarded',
    'agent.draft_saved',
    'agent.published',
    'agent.draft_saved',
  ])
  await tab.close()
})

test('a site is read while one watches, and says which pages failed and why', async () => {
  const tab = await Tab.open(browser, worker, { token })
  const { page } = tab
  await page.goto(`/agents/${space.agentId}/knowledge/add?kind=site`)
  await page.getByLabel('Address').fill(site.origin)
  await press(tab, 'Add site')
  await page.getByText('Reading').waitFor()
  await tab.shoot('source-running-light-1440')
  await page
    .getByText(/[1-9]\d* of \d+/)
    .first()
    .waitFor()
  await page.getByText('Reading').waitFor({ state: 'detached', timeout: 60_000 })
  await page.getByRole('link', { name: 'Failed 1' }).click()
  await page.getByText('/calculator').first().waitFor()
  await page.getByText('The server refused the request.').waitFor()
  await tab.shoot('source-read-light-1440')
  await tab.close()
})

test('questions and answers are added and replaced; what cannot be read says so and is kept', async () => {
  const tab = await Tab.open(browser, worker, { token, script: false })
  const { page } = tab
  await page.goto(`/agents/${space.agentId}/knowledge/add?kind=pairs`)
  await page.getByLabel('Name').fill('Phone')
  await page.getByLabel('Questions and answers').fill('Q: Do you ship to Norway?')
  await press(tab, 'Add q&a')
  await page.getByRole('alert').waitFor()
  expect(await page.getByLabel('Name').inputValue()).toBe('Phone')
  await page
    .getByLabel('Questions and answers')
    .fill('Q: Do you ship to Norway?\nA: Yes, in 5 days.\n\nQ: To Peru?\nA: No.')
  await press(tab, 'Add q&a')
  await page.getByRole('heading', { name: 'Questions' }).waitFor()
  await page.getByLabel('Questions and answers').fill('Q: Do you ship to Norway?\nA: Yes, in 4 days.')
  await press(tab, 'Replace questions and answers')
  await page.waitForLoadState()
  await expect
    .poll(async () => (await space.ask('Do you ship to Norway?')).body.content, { timeout: 20_000 })
    .toContain('4 days')
  await tab.close()
})

test('a file is uploaded by a plain form', async () => {
  const tab = await Tab.open(browser, worker, { token, script: false })
  const { page } = tab
  await page.goto(`/agents/${space.agentId}/knowledge/add?kind=file`)
  await press(tab, 'Add file')
  await page.getByRole('alert').waitFor()
  const buffer = Buffer.from('# Gift cards\n\nGift cards are valid for 36 months.')
  await page.getByLabel('File').setInputFiles({ name: 'gift-cards.md', mimeType: 'text/markdown', buffer })
  await press(tab, 'Add file')
  await page.getByRole('heading', { name: 'gift-cards.md' }).waitFor()
  await expect
    .poll(async () => (await space.ask('How long are gift cards valid?')).body.content, { timeout: 20_000 })
    .toContain('36 months')
  await tab.close()
})

test('a key is rotated and revoked, and destroying asks first', async () => {
  const tab = await Tab.open(browser, worker, { token })
  const { page } = tab
  await page.goto('/keys')
  await page.getByRole('button', { name: 'Rotate Site' }).click()
  await page.getByText('Shown once. Store').waitFor()
  await page.getByText('Rotated, still works').waitFor()
  await tab.shoot('keys-rotated-light-1440')
  const questions: string[] = []
  page.once('dialog', (dialog) => {
    questions.push(dialog.message())
    void dialog.dismiss()
  })
  await page.getByRole('button', { name: 'Revoke Site' }).first().click()
  expect(questions).toEqual(['Revoke the key "Site"? Whatever uses it stops working at once.'])
  page.once('dialog', (dialog) => void dialog.accept())
  await page.getByRole('button', { name: 'Revoke Site' }).first().click()
  await page.getByText('The key is revoked').waitFor()
  await tab.close()
})

test('somebody is invited, joins, and is removed', async () => {
  const tab = await Tab.open(browser, worker, { token, script: false })
  const { page } = tab
  await page.goto('/team')
  await page.getByLabel('E-mail').fill('jon@example.com')
  await press(tab, 'Invite')
  await page.getByText('We sent jon@example.com a link').waitFor()
  const guest = await Tab.open(browser, worker, { script: false })
  await guest.page.goto('/dev/outbox')
  await guest.page.getByRole('link', { name: '/invitation' }).click()
  await guest.page.getByRole('heading', { name: 'Join' }).waitFor()
  await guest.shoot('invitation-light-1440')
  await guest.page.getByLabel('Your name').fill('Jon Berg')
  await guest.page.getByLabel('Password').fill('a long enough one')
  await press(guest, 'Join')
  await guest.page.getByRole('heading', { name: 'Home' }).waitFor()
  await page.reload()
  await page.getByRole('button', { name: 'Remove Jon Berg' }).click()
  await page.getByText('They are removed').waitFor()
  await guest.page.reload()
  expect(await guest.page.getByRole('heading', { name: 'Home' }).count()).toBe(0)
  await guest.close()
  await tab.close()
})

test('the colours that were chosen stay', async () => {
  const tab = await Tab.open(browser, worker, { token, script: false })
  const { page } = tab
  await page.goto('/settings')
  await page.getByLabel('Colours').selectOption('dark')
  await page.getByLabel('Colours').locator('xpath=ancestor::form').getByRole('button').click()
  await page.waitForLoadState()
  await page.goto('/')
  expect(await tab.read('getComputedStyle(document.body).backgroundColor')).toBe('rgb(18, 19, 21)')
  await tab.close()
})
