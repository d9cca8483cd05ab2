// `npm run reset`: takes the local data away. The secrets stay.
import { rm } from 'node:fs/promises'
import { runningPid } from './demo-facts.ts'
import { FLEXY, shown, STATE } from './home.ts'

const pid = await runningPid()
if (pid !== undefined) {
  console.error(`✗ The demo is running (process ${pid}). Stop it with Ctrl C first.`)
  process.exit(1)
}
for (const folder of [STATE, FLEXY]) await rm(folder, { recursive: true, force: true })
console.log(`✓ Removed ${shown(STATE)} and ${shown(FLEXY)}. npm start makes them anew.`)
