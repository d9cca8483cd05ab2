import type { Visit } from '../visit.ts'
import { Copy, Snippet } from './snippet.tsx'

/** A connection key right after it was made: here, and never again. */
export const NewKey = ({ visit }: { visit: Visit }) => {
  const { key } = visit.flash ?? {}
  if (!key) return null
  return (
    <section class="card" aria-label="New key">
      <header>
        <h2>Your new key</h2>
        <span class="muted small">Shown once. Store it now.</span>
        <span class="grow"></span>
        <Copy of="new-key">Copy key</Copy>
        <Copy of="new-key-env">Copy .env line</Copy>
      </header>
      <Snippet id="new-key-env" label="Key, as a line of a .env file">
        FLEXYAGENTS_API_KEY=<b id="new-key">{key.secret}</b>
      </Snippet>
    </section>
  )
}
