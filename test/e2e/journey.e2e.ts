// Somebody new: signs up, adds a text, asks, copies the curl and runs that very curl in a shell.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startDirectWorker } from '../support/direct-worker.ts'
import { mailTo } from '../support/people.ts'
import type { TestWorker } from '../support/worker.ts'
import { openBrowser, Tab } from './browser.ts'

const run = promisify(execFile)

const TEXT = `# Refund policy

Refunds take 5 to 7 business days after the parcel has reached our warehouse in Alderbrook.

## Exchanges

An exchange is free within 60 days. It's sent as soon as the first item is scanned.`

let browser: Browser
let worker: TestWorker
beforeAll(async () => {
  worker = await startDirectWorker({ vars: { MAIL_MODE: 'outbox' } })
  browser = await openBrowser()
})
afterAll(async () => {
  await browser?.close()
  await worker?.close()
})

const KINDS = [
  ['with script', true],
  ['without script', false],
] as const

test.each(KINDS)('from sign-up to a call from a shell, %s', async (kind, script) => {
  const email = `${script ? 'ada' : 'grace'}@example.com`
  const tab = await Tab.open(browser, worker, { script })
  const { page } = tab
  const press = (name: string) => page.getByRole('button', { name, exact: true }).click()
  const began = Date.now()
  await page.goto('/sign-up')
  await page.getByLabel('Your name').fill('Ada Lovelace')
  await page.getByLabel('Workspace').fill("Ada's Engines")
  await page.getByLabel('E-mail').fill(email)
  await page.getByLabel('Password').fill('difference engine no 2')
  await press('Sign up')
  await page.getByText('We sent a link').waitFor()
  const { token } = await mailTo(worker, email)
  await page.goto(`/sign-up/confirm?token=${token}`)
  await press('Confirm and sign in')
  await page.waitForURL('**/start')

  await page.getByLabel('Title of the text').fill('Refund policy')
  await page.getByLabel('Text or Markdown').fill(TEXT)
  await tab.shoot(`journey-1-text${script ? '' : '-no-script'}`)
  await press('Make the agent')
  await page.waitForURL('**/start?agent=*')
  await page.getByLabel('A question that the text answers').fill("How long do refunds take? I can't wait.")
  await tab.shoot(`journey-2-ask${script ? '' : '-no-script'}`)
  await press('Ask')
  await page.getByText('5 to 7 business days').first().waitFor()
  await page.getByText('Grounded').waitFor()
  await page.getByLabel('Name', { exact: true }).fill('Website server')
  await press('Create key')
  await page.getByText('Shown once').waitFor()
  await tab.shoot(`journey-3-call${script ? '' : '-no-script'}`)

  let curl: string
  if (script) {
    await page.getByRole('button', { name: 'Copy curl' }).click()
    curl = await tab.read('navigator.clipboard.readText()')
  } else {
    curl = (await page.locator('#curl').textContent()) ?? ''
  }
  const { stdout } = await run('bash', ['-c', `${curl} --silent`])
  const answer = JSON.parse(stdout)
  expect(answer.content).toContain('5 to 7 business days')
  expect(answer.citations[0].title).toBe('Refund policy')

  await press('Run it here')
  await page.getByText(/in \d+ ms/).waitFor()
  expect(await page.locator('[data-run-result]').textContent()).toMatch(/200.*req_[0-9a-z]{26}.*5 to 7 business days/s)
  await tab.shoot(`journey-4-run${script ? '' : '-no-script'}`)
  console.log(`the journey ${kind} took ${((Date.now() - began) / 1000).toFixed(1)} s`)

  // The key was shown once: neither going on nor coming back shows it again.
  const key = /fxa_live_\w+/.exec(curl)?.[0] ?? 'none'
  expect(key).not.toBe('none')
  await page.goto('/keys')
  expect(await page.content()).not.toContain(key)
  await tab.close()
})

test('programs in JavaScript and Python answer as the curl does', async () => {
  const tab = await Tab.open(browser, worker)
  const { page } = tab
  await page.goto('/sign-in')
  await page.getByLabel('E-mail').fill('ada@example.com')
  await page.getByLabel('Password').fill('difference engine no 2')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('link', { name: 'Support' }).first().click()
  await page.getByRole('link', { name: 'Deploy' }).click()
  await page.getByLabel('Name', { exact: true }).fill('Programs')
  await page.getByRole('button', { name: 'Create key' }).click()
  await page.getByText('Shown once').waitFor()
  await page.getByRole('radio', { name: 'JavaScript' }).check({ force: true })
  await page.getByRole('button', { name: 'Copy JavaScript' }).click()
  const javascript = await tab.read('navigator.clipboard.readText()')
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', javascript])
  expect(stdout).toContain('Hello')
  const python = (await page.locator('#python').textContent()) ?? ''
  const hasPython = await run('python3', ['--version']).then(
    () => true,
    () => false,
  )
  if (hasPython) expect((await run('python3', ['-c', python])).stdout).toContain('Hello')
  else console.warn('python3 is not here: its snippet was not run')
  await tab.close()
})
