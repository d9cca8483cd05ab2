import { retrieve } from '../../knowledge/retrieve.ts'
import type { Visit } from '../visit.ts'
import { agentOf } from './agent-frame.tsx'
import { Card } from './card.tsx'
import { Status } from './text.tsx'

const MAX_QUESTION = 2_000
const MAX_PASSAGE = 420

type Passages = Awaited<ReturnType<typeof retrieve>>['passages']

/** Asks the index and no model: what an answer to this would be made from, and why. */
export const SearchCard = async ({ visit }: { visit: Visit }) => {
  const agent = agentOf(visit)
  const question = (visit.url.searchParams.get('q') ?? '').trim().slice(0, MAX_QUESTION)
  const found = question ? await retrieve(visit.tenant, agent.id, [{ text: question, weight: 1 }]) : undefined
  return (
    <Card title="What would be found" id="search">
      <form class="pad bar" action={`/agents/${agent.id}/knowledge#search`} role="search">
        <label class="vh" for="search-q">
          Question
        </label>
        <input
          class="grow"
          type="search"
          id="search-q"
          name="q"
          value={question}
          placeholder="How do refunds work?"
          maxlength={MAX_QUESTION}
        />
        <button class="btn">Search</button>
      </form>
      {found && <Found passages={found.passages} score={found.score} agentId={agent.id} />}
    </Card>
  )
}

const Found = ({ passages, score, agentId }: { passages: Passages; score: number; agentId: string }) => {
  if (passages.length === 0) {
    return <p class="pad">Nothing. The agent would say that its sources hold no answer. Add a source that says it.</p>
  }
  return (
    <>
      <p class="pad bar small">
        <span>
          Evidence <strong>{score.toFixed(2)}</strong> of 1
        </span>
        {score < 0.3 && <Status kind="warn">The agent may refuse to answer</Status>}
      </p>
      {passages.map((passage) => (
        <div class="pad stack tight">
          <p class="bar">
            <a href={`/agents/${agentId}/knowledge/documents/${passage.documentId}`}>{passage.title}</a>
            <span class="grow"></span>
            <span class="small mono" title="Share of the question that it covers">
              {passage.score.toFixed(2)}
            </span>
          </p>
          {passage.headings.length > 0 && <p class="small muted">{passage.headings.join(' / ')}</p>}
          <p class="small">{shortened(passage.text)}</p>
          <p class="bar small muted">
            matched{' '}
            {passage.matched.map((term) => (
              <mark class="mono">{term}</mark>
            ))}
          </p>
        </div>
      ))}
    </>
  )
}

const shortened = (text: string) => (text.length > MAX_PASSAGE ? `${text.slice(0, MAX_PASSAGE).trimEnd()} …` : text)
