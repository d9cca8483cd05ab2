import type { listSourcePages } from '../../knowledge/sources.ts'
import { Card, Empty, Table } from './card.tsx'
import type { Source } from './sources.tsx'
import { Ago, count, Status } from './text.tsx'

type Pages = Awaited<ReturnType<typeof listSourcePages>>
type State = Pages['data'][number]['state']

const WORDS: Record<State, readonly ['ok' | 'err' | 'off' | 'info', string]> = {
  done: ['ok', 'Read'],
  failed: ['err', 'Failed'],
  skipped: ['off', 'Left out'],
  pending: ['info', 'Waiting'],
}

type Props = { source: Source; pages: Pages; state: State | undefined; path: string; agentId: string }

/** What a source consists of, page by page, each with what became of it and why. */
export const PageTable = ({ source, pages, state, path, agentId }: Props) => {
  const isSite = source.kind === 'site' || source.kind === 'page'
  const shown = (Object.keys(WORDS) as State[]).filter((one) => source.pages[one] > 0)
  return (
    <Card
      title={isSite ? 'Pages' : source.kind === 'pairs' ? 'Questions' : 'File'}
      actions={
        shown.length > 1 && (
          <nav class="seg" aria-label="Filter by state">
            <a href={path} aria-current={state === undefined ? 'page' : undefined}>
              All
            </a>
            {shown.map((one) => (
              <a href={`${path}?state=${one}`} aria-current={state === one ? 'page' : undefined}>
                {WORDS[one][1]} {count(source.pages[one])}
              </a>
            ))}
          </nav>
        )
      }
    >
      {pages.data.length === 0 ? (
        <Empty text={source.state === 'running' ? 'The first pages are being fetched.' : 'Nothing here.'} />
      ) : (
        <Table label="Pages" head={[isSite ? 'Page' : 'Title', 'State', 'Chunks#', 'Tries#', 'Read']}>
          {pages.data.map((page) => (
            <tr>
              <td class="wide line">
                {page.documentId ? (
                  <a href={`/agents/${agentId}/knowledge/documents/${page.documentId}`}>{page.title ?? page.url}</a>
                ) : (
                  (page.title ?? page.url ?? source.name)
                )}
                {page.url && page.title && <span class="small muted block">{page.url}</span>}
                {page.message && (
                  <span class={page.state === 'failed' ? 'wrong block' : 'small muted block'}>{page.message}</span>
                )}
              </td>
              <td>
                <Status kind={WORDS[page.state][0]}>{WORDS[page.state][1]}</Status>
              </td>
              <td class="n">{count(page.chunks)}</td>
              <td class="n">{count(page.attempts)}</td>
              <td class="muted">
                <Ago at={page.fetchedAt} none="not yet" />
              </td>
            </tr>
          ))}
        </Table>
      )}
      {pages.next !== null && (
        <footer>
          <a
            class="btn s"
            rel="next"
            href={`${path}?${new URLSearchParams({ ...(state ? { state } : {}), after: String(pages.next) }).toString()}`}
          >
            More
          </a>
        </footer>
      )}
    </Card>
  )
}
