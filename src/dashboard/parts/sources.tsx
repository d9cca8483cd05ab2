import type { getSource } from '../../knowledge/sources.ts'
import { Ago, count, Status } from './text.tsx'

export type Source = Awaited<ReturnType<typeof getSource>>

export const KINDS: Record<Source['kind'], string> = { site: 'Site', page: 'Page', file: 'File', pairs: 'Q&A' }

/** How a source stands. While it is read, the script keeps the numbers fresh. */
export const SourceState = ({ of, agentId }: { of: Source; agentId: string }) => {
  const { done, total } = of.progress
  if (of.state === 'running') {
    return (
      <span data-source={`${agentId}/${of.id}`}>
        <Status kind="info">Reading</Status>{' '}
        <span class="small muted nowrap" data-progress>
          {count(done)} of {count(Math.max(total, 1))}
        </span>
        <progress value={done} max={Math.max(total, 1)} aria-label={`${of.name}: pages read`} />
      </span>
    )
  }
  if (of.state === 'failed') return <Status kind="err">Failed</Status>
  if (of.state === 'cancelled') return <Status kind="warn">Stopped</Status>
  if (of.state === 'erasing') return <Status kind="off">Being deleted</Status>
  if (of.state === 'new') return <Status kind="warn">Not begun</Status>
  const { failed } = of.pages
  if (failed > 0) {
    return (
      <a href={`/agents/${agentId}/knowledge/sources/${of.id}?state=failed`}>
        <Status kind="warn">{count(failed)} failed</Status>
      </a>
    )
  }
  return <Status kind="ok">Ready</Status>
}

const LIMITS: Record<NonNullable<Source['limit']>, string> = {
  pages: 'It has as many pages as it may have; further ones were left out.',
  time: 'The time of a run was used up before the last page.',
  bytes: 'The data of a run was used up before the last page.',
  documents: 'The plan has no room for more documents.',
}

/** What went wrong with the whole source, in words. */
export const SourceTrouble = ({ of }: { of: Source }) => {
  const said = of.error?.message ?? (of.limit ? LIMITS[of.limit] : undefined)
  if (!said) return null
  return <p class={of.error ? 'note bad' : 'note careful'}>{said}</p>
}

export const SourceRow = ({ of, agentId }: { of: Source; agentId: string }) => (
  <tr>
    <td class="wide line">
      <a href={`/agents/${agentId}/knowledge/sources/${of.id}`}>{of.name}</a>
      {of.url && <span class="small muted block">{of.url}</span>}
      {of.error && <span class="wrong block">{of.error.message}</span>}
    </td>
    <td>{KINDS[of.kind]}</td>
    <td>
      <SourceState of={of} agentId={agentId} />
    </td>
    <td class="n">{count(of.documents)}</td>
    <td class="n">{count(of.chunks)}</td>
    <td class="muted">
      <Ago at={of.lastSyncedAt} none="not yet" />
    </td>
  </tr>
)
