import { join } from 'node:path'
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare, type V4WorkerOptions } from 'miniflare'
import { unstable_getMiniflareWorkerOptions, unstable_readConfig } from 'wrangler'
import { read, ROOT } from './bundle.ts'

type Options = Partial<V4WorkerOptions>

export type Start = {
  /** The bundled Worker, one file. */
  script: string
  /** Folder for the storage; without it storage is in a temporary folder of miniflare. */
  state?: string | undefined
  options: Options
  /** The Chrome DevTools protocol of workerd, for profiles. */
  inspectorPort?: number | undefined
}

/**
 * A Worker on workerd as miniflare sets it up, with a socket of its own: neither wrangler's development proxy nor
 * miniflare's entry Worker stands before it, both of which cost more than what is measured here.
 */
export async function startMiniflare({ script, state, options, inspectorPort }: Start) {
  const miniflare = new Miniflare({
    ...convertV4MiniflareOptions({
      host: '127.0.0.1',
      cf: false,
      log: new Log(LogLevel.WARN),
      logRequests: false,
      handleStructuredLogs: ({ level, message }) => {
        if (level === 'error' || level === 'warn') console.error(message)
      },
      ...(state ? { resourcePersistencePath: state } : {}),
      ...(inspectorPort === undefined ? {} : { inspectorPort, inspectorHost: '127.0.0.1' }),
      workers: [
        {
          name: 'worker',
          unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }],
          modules: [{ type: 'ESModule', path: 'index.js', contents: read(script) }],
          ...options,
        } as V4WorkerOptions,
      ],
    }),
    enableDevRegistry: false,
  })
  await miniflare.ready
  const { origin } = await miniflare.unsafeGetDirectURL('worker')
  return { miniflare, baseUrl: origin }
}

/** The bindings of wrangler.toml, so that a new one is never missing here, with its variables and those given. */
export function productOptions(vars: Record<string, string>): Options {
  const config = unstable_readConfig({ config: join(ROOT, 'wrangler.toml') })
  // Wrangler looks for .dev.vars beside the configuration; it may hold keys of real services.
  const elsewhere = join(import.meta.dirname, 'none')
  const { workerOptions } = unstable_getMiniflareWorkerOptions({
    ...config,
    configPath: elsewhere,
    userConfigPath: elsewhere,
  })
  const { modulesRules: _, bindings, ...options } = workerOptions
  return { ...options, rootPath: ROOT, bindings: { ...(bindings as Record<string, string>), ...vars } }
}

/** The flags of wrangler.toml for a Worker without its bindings. */
export function compatibility(): Options {
  const { compatibility_date: compatibilityDate, compatibility_flags: compatibilityFlags } = unstable_readConfig({
    config: join(ROOT, 'wrangler.toml'),
  })
  return { ...(compatibilityDate ? { compatibilityDate } : {}), compatibilityFlags }
}
