import type { Child } from 'hono/jsx'

/** Text to copy. Values of the reader stand out: `<b>` inside. */
export const Snippet = ({ id, label, children }: { id: string; label: string; children?: Child }) => (
  <pre id={id} tabindex={0} role="region" aria-label={label}>
    {children}
  </pre>
)

/** Shown by the script, without which text is selected and copied by hand. */
export const Copy = ({ of, children = 'Copy' }: { of: string; children?: Child }) => (
  <button class="btn s" type="button" data-copy={of} hidden>
    {children}
  </button>
)
