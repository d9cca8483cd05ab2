import type { Child } from 'hono/jsx'

type CardProps = { title: Child; id?: string; actions?: Child; state?: Child; children?: Child }

export const Card = ({ title, id, actions, state, children }: CardProps) => (
  <section class="card" id={id}>
    <header>
      <h2>{title}</h2>
      {state}
      <span class="grow"></span>
      {actions}
    </header>
    {children}
  </section>
)

/** Pairs of a name and a value; pairs without a value are left out. */
export const Facts = ({ of }: { of: readonly (readonly [name: string, value: Child])[] }) => (
  <dl>
    {of
      .filter(([, value]) => value !== undefined && value !== null && value !== '')
      .map(([name, value]) => (
        <>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </>
      ))}
  </dl>
)

type TableProps = {
  label: string
  /** A name that ends with `#` is a column of numbers. */
  head: readonly string[]
  children?: Child
}

/** A table that scrolls by itself where the screen is narrow. */
export const Table = ({ label, head, children }: TableProps) => (
  <div class="scroll" tabindex={0} role="region" aria-label={label}>
    <table>
      <thead>
        <tr>
          {head.map((name) => (
            <th scope="col" class={name.endsWith('#') ? 'n' : undefined}>
              {name.replace('#', '') || <span class="vh">Actions</span>}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>{children}</tbody>
    </table>
  </div>
)

/** Says what is missing and how to begin. */
export const Empty = ({ text, children }: { text: string; children?: Child }) => (
  <div class="empty">
    <p>{text}</p>
    {children}
  </div>
)

/** The way to the next page of a list; the cursor is in the address. */
export const More = ({ url, name, cursor }: { url: URL; name: string; cursor: string | null }) => {
  const onPage = url.searchParams.has(name)
  if (!cursor && !onPage) return null
  const link = (value: string | null) => {
    const next = new URLSearchParams(url.searchParams)
    if (value) next.set(name, value)
    else next.delete(name)
    const query = next.toString()
    return query ? `?${query}` : url.pathname
  }
  return (
    <footer>
      {onPage && (
        <a class="btn s" href={link(null)}>
          First page
        </a>
      )}
      {cursor && (
        <a class="btn s" href={link(cursor)} rel="next">
          Older
        </a>
      )}
    </footer>
  )
}
