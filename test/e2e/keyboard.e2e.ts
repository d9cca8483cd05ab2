// No mouse at all.
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startDirectWorker } from '../support/direct-worker.ts'
import { addPerson } from '../support/people.ts'
import type { TestWorker } from '../support/worker.ts'
import { createWorkspace, type Workspace } from '../support/workspace.ts'
import { openBrowser, Tab } from './browser.ts'

let browser: Browser
let worker: TestWorker
let space: Workspace
let token: string
beforeAll(async () => {
  worker = await startDirectWorker()
  space = await createWorkspace(worker)
  ;({ token } = await addPerson(worker, space.orgId, 'owner'))
  browser = await openBrowser()
})
afterAll(async () => {
  await browser?.close()
  await worker?.close()
})

/** What has the focus, as a person would call it. */
const focused = (tab: Tab) =>
  tab.read(`(({ labels, textContent, ariaLabel }) =>
    labels?.[0]?.textContent ?? ariaLabel ?? textContent.trim())(document.activeElement)`)

/** Goes on with Tab until something of that name has the focus. */
async function tabTo(tab: Tab, name: string): Promise<void> {
  const seen: string[] = []
  for (let i = 0; i < 80; i++) {
    await tab.page.keyboard.press('Tab')
    const now = await focused(tab)
    if (now === name) return
    seen.push(now)
  }
  throw new Error(`no way to ${name}: ${seen.join(' · ')}`)
}

test('a text is added, asked about and found without a mouse', async () => {
  const tab = await Tab.open(browser, worker, { token })
  const { page } = tab
  await page.goto('/')
  await page.keyboard.press('Tab')
  expect(await focused(tab)).toBe('Skip to content')
  await page.keyboard.press('Enter')
  await page.keyboard.press('g')
  await tab.leads(() => page.keyboard.press('a'))
  expect(new URL(page.url()).pathname).toBe('/agents')

  await page.keyboard.press('Control+k')
  await page.keyboard.type('help')
  await tab.leads(() => page.keyboard.press('Enter'))
  expect(new URL(page.url()).pathname).toBe(`/agents/${space.agentId}`)

  await tabTo(tab, 'Knowledge')
  await tab.leads(() => page.keyboard.press('Enter'))
  await tabTo(tab, 'Add source')
  await tab.leads(() => page.keyboard.press('Enter'))
  await tabTo(tab, 'Title')
  await page.keyboard.type('Opening hours')
  await page.keyboard.press('Tab')
  await page.keyboard.type('The shop in Alderbrook opens at nine and closes at six.')
  await tabTo(tab, 'Add text')
  await tab.leads(() => page.keyboard.press('Enter'))
  expect(await page.getByRole('status').first().textContent()).toContain('Opening hours')

  await tabTo(tab, 'Test')
  await tab.leads(() => page.keyboard.press('Enter'))
  await tabTo(tab, 'Your question')
  await page.keyboard.type('When does the shop open?')
  await page.keyboard.press('Enter')
  await page.getByText('opens at nine').first().waitFor()
  await page.getByText('Verified letter by letter').waitFor()
  // The focus stays where the next question is typed, and the answer is said once.
  expect(await focused(tab)).toBe('Your question')
  expect(await page.locator('[data-said]').textContent()).toContain('opens at nine')
  await tab.shoot('keyboard-test-light-1440')
  expect(await tab.axe()).toEqual([])

  // Reloaded, it is the same conversation, written by the server.
  await page.reload()
  await page.getByText('opens at nine').first().waitFor()
  await tab.close()
})

test('shortcuts are told, leave text alone, and can be switched off', async () => {
  const tab = await Tab.open(browser, worker, { token })
  const { page } = tab
  await page.goto('/agents/new')
  await page.keyboard.press('?')
  await page.getByRole('dialog', { name: 'Keyboard' }).waitFor()
  expect(await tab.axe()).toEqual([])
  await tab.shoot('shortcuts-light-1440')
  await page.getByLabel('Keys without Ctrl are on').uncheck()
  await page.keyboard.press('Escape')
  await page.keyboard.press('?')
  expect(await page.getByRole('dialog').count()).toBe(0)
  await page.keyboard.press('Control+k')
  await page.getByRole('dialog', { name: 'Search pages' }).waitFor()
  expect(await tab.axe()).toEqual([])
  await tab.shoot('palette-light-1440')
  await page.keyboard.press('Escape')
  await page.getByLabel('Name').focus()
  await page.keyboard.type('gag?')
  expect(await page.getByLabel('Name').inputValue()).toBe('gag?')
  await tab.close()
})

test('on a phone the menu opens and closes without script', async () => {
  const tab = await Tab.open(browser, worker, { token, width: 390, script: false })
  const { page } = tab
  await page.goto('/usage')
  const team = page.getByRole('link', { name: 'Team' })
  expect(await team.isVisible()).toBe(false)
  await page.getByRole('link', { name: 'Menu', exact: true }).click()
  expect(await team.isVisible()).toBe(true)
  await page.getByRole('link', { name: 'Close menu' }).click()
  expect(await team.isVisible()).toBe(false)
  await tab.close()
})
