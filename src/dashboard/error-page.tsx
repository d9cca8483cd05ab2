import { Door } from './document.tsx'
import type { Theme } from './visit.ts'

type Props = { theme: Theme; status: number; message: string; requestId: string }

const TITLES: Record<number, string> = {
  403: 'That is not open to you',
  404: 'There is nothing here',
  413: 'That is too large',
  429: 'One moment',
}

function textOf(status: number, message: string): string {
  if (status >= 500) return 'Nothing was lost. Try again in a moment.'
  return status === 404 ? 'This page does not exist, or not in this workspace.' : message
}

/** A refusal that no page can take up: what happened, what to do, and the id to ask about it with. */
export const ErrorPage = ({ theme, status, message, requestId }: Props) => {
  const title = TITLES[status] ?? (status >= 500 ? 'Something went wrong on our side' : 'That did not work')
  return (
    <Door title={title} theme={theme}>
      <div class="card stack tight">
        <h1>{title}</h1>
        <p>{textOf(status, message)}</p>
        <p class="small muted">
          {status} · <span class="mono">{requestId}</span>
        </p>
        <p>
          <a href="/">Back to the dashboard</a>
        </p>
      </div>
    </Door>
  )
}
