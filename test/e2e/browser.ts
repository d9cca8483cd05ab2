import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { expect } from 'vitest'
import type { TestWorker } from '../support/worker.ts'
import { findChromium } from './chromium.ts'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const SCREENSHOTS = join(import.meta.dirname, 'screenshots')

/** Pictures that are kept with the code; `LOOK=1 npm run test:e2e` takes them anew after a change of the look. */
const LOOK = new Set([
  'behaviour-light-1440',
  'deploy-dark-1440',
  'deploy-light-1440',
  'deploy-light-390',
  'home-light-1440',
  'journey-4-run',
  'search-light-1440',
  'source-light-1440',
  'test-light-1440',
])

export function openBrowser(): Promise<Browser> {
  // As root, as in containers, Chromium starts only without its sandbox; it visits nothing but our own pages.
  return chromium.launch({ executablePath: findChromium() ?? '', args: ['--no-sandbox', '--force-color-profile=srgb'] })
}

export type Scheme = 'light' | 'dark'
type Options = { token?: string | undefined; scheme?: Scheme; width?: number; script?: boolean }

/** A tab of a browser of its own, and everything that went wrong in it. */
export class Tab {
  readonly page: Page
  readonly troubles: string[] = []
  private readonly context: BrowserContext

  static async open(browser: Browser, worker: Pick<TestWorker, 'baseUrl'>, options: Options = {}): Promise<Tab> {
    const { token, scheme = 'light', width = 1440, script = true } = options
    const context = await browser.newContext({
      baseURL: worker.baseUrl,
      viewport: { width, height: 900 },
      colorScheme: scheme,
      javaScriptEnabled: script,
      reducedMotion: 'reduce',
      permissions: ['clipboard-read', 'clipboard-write'],
    })
    if (token) await context.addCookies([{ name: 'sid', value: token, url: worker.baseUrl, httpOnly: true }])
    return new Tab(context, await context.newPage())
  }

  private constructor(context: BrowserContext, page: Page) {
    this.context = context
    this.page = page
    page.on('pageerror', (error) => this.troubles.push(`error: ${error.message}`))
    page.on('console', (message) => {
      // That a page itself answers 4xx is what some tests are about; the browser tells of it here as well.
      if (/status of 4\d\d/.test(message.text()) && message.location().url === page.url()) return
      if (message.type() === 'error' || message.type() === 'warning') this.troubles.push(message.text())
    })
    // Nothing of a page comes from anywhere but here.
    page.on('request', (request) => {
      const url = new URL(request.url())
      if (url.protocol.startsWith('http') && url.origin !== new URL(page.url(), request.url()).origin) {
        if (page.url() !== 'about:blank') this.troubles.push(`foreign request: ${request.url()}`)
      }
    })
  }

  /** Waits for the page that a press or a key leads to. */
  async leads(act: () => Promise<unknown>): Promise<void> {
    const before = await this.page.evaluate(() => performance.timeOrigin)
    await act()
    await this.page.waitForFunction((origin) => performance.timeOrigin !== origin, before)
    await this.page.waitForLoadState('load')
  }

  /** What axe finds, best practices included: `rule: selector` each. */
  async axe(): Promise<string[]> {
    // Evaluated by the debugger, which the page's policy does not bind.
    await this.page.evaluate(AXE)
    return this.page.evaluate(async () => {
      type Result = { violations: { id: string; nodes: { target: string[]; failureSummary: string }[] }[] }
      const { axe } = globalThis as unknown as { axe: { run: () => Promise<Result> } }
      const { violations } = await axe.run()
      return violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(' ')}`))
    })
  }

  /** How many pixels the page is wider than the window. */
  overflow(): Promise<number> {
    return this.page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')
  }

  /** A JavaScript expression of the page; the types of the DOM are not those of a Worker. */
  read(expression: string): Promise<string> {
    return this.page.evaluate(expression)
  }

  async shoot(name: string): Promise<void> {
    mkdirSync(SCREENSHOTS, { recursive: true })
    const image = await this.page.screenshot({ path: join(SCREENSHOTS, `${name}.png`), fullPage: true })
    if (process.env.LOOK && LOOK.has(name)) writeFileSync(join(import.meta.dirname, 'look', `${name}.png`), image)
  }

  /** Ends the tab; whatever the console said is told. */
  async close(): Promise<void> {
    await this.context.close()
    expect(this.troubles).toEqual([])
  }
}
