import type { describeKnowledge } from '../../knowledge/documents.ts'
import { Card, Facts } from './card.tsx'
import { bytes, count, Status } from './text.tsx'

type Knowledge = Awaited<ReturnType<typeof describeKnowledge>>

const STATES = {
  off: ['off', 'Words only'],
  indexing: ['info', 'Being embedded'],
  ready: ['ok', 'Words and meaning'],
  failing: ['warn', 'Embedding fails'],
} as const

/** What is in the index, and whether it is searched by meaning as well. */
export const IndexCard = ({ of: { documents, chunks, bytes: size, epoch, embeddings } }: { of: Knowledge }) => {
  const [kind, words] = STATES[embeddings.state]
  const { model, dimensions, done, total, lastError } = embeddings
  return (
    <Card title="Index" state={<Status kind={kind}>{words}</Status>}>
      <Facts
        of={[
          ['Documents', count(documents)],
          ['Chunks', count(chunks)],
          ['Text', bytes(size)],
          ['Epoch', count(epoch)],
          ['Embedding model', model && `${model}, ${dimensions} dimensions`],
          ['Embedded', model && `${count(done)} of ${count(total)} chunks`],
          ['Last error', lastError],
        ]}
      />
    </Card>
  )
}
