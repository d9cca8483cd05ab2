// Every page in light and dark, on a phone and on a desk: nothing for axe to find, nothing on the console.
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startDirectWorker } from '../support/direct-worker.ts'
import type { TestWorker } from '../support/worker.ts'
import { type HelpSite, startHelpSite } from './help-site.ts'
import { openBrowser, type Scheme, Tab } from './browser.ts'
import { DOORS, openShop, pagesOf, type Shop } from './shop.ts'

let browser: Browser
let site: HelpSite
let worker: TestWorker
let shop: Shop
beforeAll(async () => {
  site = await startHelpSite()
  worker = await startDirectWorker({ vars: { MAIL_MODE: 'outbox', ALLOW_LOOPBACK_URLS: site.origin } })
  ;[browser, shop] = await Promise.all([openBrowser(), openShop(worker, site)])
})
afterAll(async () => {
  await browser?.close()
  await worker?.close()
  await site?.close()
})

const LOOKS: [scheme: Scheme, width: number][] = [
  ['light', 1440],
  ['dark', 1440],
  ['light', 390],
  ['dark', 390],
]

async function inspect(tab: Tab, pages: Record<string, string>, look: string): Promise<Record<string, string[]>> {
  const found: Record<string, string[]> = {}
  for (const [name, path] of Object.entries(pages)) {
    const response = await tab.page.goto(path)
    await tab.shoot(`${name}-${look}`)
    const wrong = await tab.axe()
    if ((response?.status() ?? 500) >= 500) wrong.push(`status ${response?.status()}`)
    const overflow = await tab.overflow()
    if (overflow > 0) wrong.push(`${overflow} px wider than the window`)
    if (wrong.length > 0) found[name] = wrong
  }
  return found
}

describe.each(LOOKS)('%s, %i px', (scheme, width) => {
  test('pages of a member', async () => {
    const tab = await Tab.open(browser, worker, { token: shop.owner.token, scheme, width })
    expect(await inspect(tab, pagesOf(shop), `${scheme}-${width}`)).toEqual({})
    await tab.close()
  })

  test('doors', async () => {
    const tab = await Tab.open(browser, worker, { scheme, width })
    expect(await inspect(tab, DOORS, `${scheme}-${width}`)).toEqual({})
    await tab.close()
  })

  test('a refused form', async () => {
    const tab = await Tab.open(browser, worker, { token: shop.owner.token, scheme, width })
    await tab.page.goto(`/agents/${shop.agentId}/knowledge/add?kind=site`)
    await tab.page.getByLabel('Address').fill('not an address')
    await tab.leads(() => tab.page.getByRole('button', { name: 'Add site' }).click())
    expect(await tab.axe()).toEqual([])
    // The summary has the focus, and leads to the field, which still holds what was typed.
    expect(await tab.read('document.activeElement.role')).toBe('alert')
    await tab.page.getByRole('alert').getByRole('link').click()
    expect(await tab.read('document.activeElement.name')).toBe('url')
    expect(await tab.page.getByLabel('Address').inputValue()).toBe('not an address')
    await tab.shoot(`refused-${scheme}-${width}`)
    await tab.close()
  })
})

test('a viewer is shown what they may do, and nothing else', async () => {
  const tab = await Tab.open(browser, worker, { token: shop.viewer.token })
  await tab.page.goto(`/agents/${shop.agentId}/knowledge`)
  expect(await tab.page.getByRole('link', { name: 'Add source' }).count()).toBe(0)
  expect(await tab.page.getByRole('link', { name: 'API keys' }).count()).toBe(0)
  await tab.shoot('viewer-knowledge-light-1440')
  const refused = await tab.page.goto('/keys')
  expect(refused?.status()).toBe(403)
  expect(await tab.axe()).toEqual([])
  await tab.close()
})
