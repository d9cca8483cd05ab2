import path from 'node:path'

export const ROOT = path.resolve(import.meta.dirname, '../..')
/** Tests set FLEXY_HOME, so that they never touch the secrets and data of the developer who runs them. */
export const HOME = path.resolve(process.env.FLEXY_HOME ?? ROOT)

/** The secrets that `wrangler dev` reads. */
export const DEV_VARS = path.join(HOME, '.dev.vars')
/** Local D1 and Durable Objects, where wrangler has them by default. */
export const STATE = path.join(HOME, '.wrangler/state')
/** What the launcher itself writes: the log and the demo's facts. */
export const FLEXY = path.join(HOME, '.flexy')
export const LOG = path.join(FLEXY, 'dev.log')

/** A path as somebody at a prompt would write it. */
export function shown(file: string): string {
  const relative = path.relative(process.cwd(), file)
  return relative.startsWith('..') ? file : relative
}
