// `npm start`. It imports nothing of ours at first, so that it can tell what is missing.
import process from 'node:process'

const NEEDED = 22

try {
  const [major = 0] = process.versions.node.split('.').map(Number)
  if (major < NEEDED)
    throw new Error(`Node ${NEEDED} or newer is needed, this is ${process.version}. npm ci brings its own.`)
  const { launch } = await import('./launch.ts')
  await launch(process.argv.slice(2))
} catch (error) {
  const isUninstalled = (error as NodeJS.ErrnoException).code?.endsWith('MODULE_NOT_FOUND')
  const message = isUninstalled ? 'Packages are missing. Run npm ci first.' : (error as Error).message
  console.error(`  ✗ ${message}`)
  process.exit(1)
}
