/** A document that is replaced: only what changed in it is indexed again, and nobody can tell from the answers. */
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { DocumentInput } from '../../src/knowledge/index/documents.ts'
import { KnowledgeStore } from '../../src/knowledge/index/store.ts'
import { nodeSql } from '../support/node-sql.ts'

const WORDS =
  'refund refunds refunded parcel parcels delivery deliver warehouse courier invoice account password ' +
  'warranty serial number repair return exchange Größe Rückgabe заказ доставка 返品 送料'
const WORD = fc.constantFrom(...WORDS.split(' '), 'the', 'of', 'and')
const sentence = fc.array(WORD, { minLength: 3, maxLength: 14 }).map((words) => `${words.join(' ')}.`)
const paragraph = fc.array(sentence, { minLength: 1, maxLength: 14 }).map((some) => some.join(' '))
const heading = fc.tuple(fc.constantFrom('#', '##'), WORD).map(([marks, word]) => `${marks} ${word}`)
const block = fc.oneof({ weight: 3, arbitrary: paragraph }, { weight: 1, arbitrary: heading })

type Edit =
  | { kind: 'insert' | 'replace'; at: number; block: string }
  | { kind: 'delete' | 'repeat' | 'to front'; at: number }
  | { kind: 'title'; title: string }
  | { kind: 'format' | 'nothing' | 'drop' }
const at = fc.nat(20)
const edit: fc.Arbitrary<Edit> = fc.oneof(
  fc.record({ kind: fc.constantFrom('insert' as const, 'replace' as const), at, block }),
  fc.record({ kind: fc.constantFrom('delete' as const, 'repeat' as const, 'to front' as const), at }),
  fc.record({ kind: fc.constant('title' as const), title: WORD }),
  fc.record({ kind: fc.constantFrom('format' as const, 'nothing' as const, 'drop' as const) }),
)

interface Draft {
  title: string
  format: 'text' | 'markdown'
  blocks: string[]
}

function edited(draft: Draft, change: Edit): Draft | undefined {
  const { blocks } = draft
  switch (change.kind) {
    case 'insert':
      return { ...draft, blocks: blocks.toSpliced(change.at % (blocks.length + 1), 0, change.block) }
    case 'replace':
      return { ...draft, blocks: blocks.toSpliced(change.at % (blocks.length || 1), 1, change.block) }
    case 'delete':
      return { ...draft, blocks: blocks.toSpliced(change.at % (blocks.length || 1), 1) }
    case 'repeat':
      return { ...draft, blocks: [...blocks, ...blocks.slice(change.at % (blocks.length || 1)).slice(0, 1)] }
    case 'to front':
      return {
        ...draft,
        blocks: blocks.toSorted((a, b) => Number(blocks[change.at] === b) - Number(blocks[change.at] === a)),
      }
    case 'title':
      return { ...draft, title: change.title }
    case 'format':
      return { ...draft, format: draft.format === 'text' ? 'markdown' : 'text' }
    case 'nothing':
      return draft
    case 'drop':
      return undefined
  }
}

const documentOf = (id: string, { title, format, blocks }: Draft): DocumentInput => ({
  id,
  title,
  format,
  content: blocks.join('\n\n'),
})

const open = () => {
  const storage = nodeSql()
  return { storage, store: new KnowledgeStore(storage) }
}
type Opened = ReturnType<typeof open>

const QUESTIONS = [
  'how do refunds work',
  'refnud',
  'refundet parcel',
  'pasword account',
  'Grösse',
  'доставка',
  '返品',
  'x',
]

/** All that the index says, but for the ids of its rows and its times. */
function saidBy({ storage, store }: Opened) {
  const rows = (query: string) => storage.sql.exec(query).toArray()
  const { epoch: _, ...stats } = store.stats()
  return {
    stats,
    totals: rows('select chunks, title_length, body_length from totals'),
    words: rows('select word, backwards, uses from words order by word'),
    vocabulary: rows('select term, doc, cnt from vocabulary order by term'),
    chunks: rows(
      `select d.id, ordinal, start, text, headings from chunks c join documents d on d.rowid = c.document
       order by c.document, ordinal`,
    ),
    answers: QUESTIONS.map((text) => {
      const { epoch: __, ...answer } = store.search({ texts: [{ text, weight: 1 }], limit: 8, maxChars: 6_000 })
      return answer
    }),
  }
}

/** The documents of an index in the order it has them, put into a new one. */
async function afresh({ storage, store }: Opened): Promise<Opened> {
  const fresh = open()
  for (const { id } of storage.sql.exec<{ id: string }>('select id from documents order by rowid').toArray()) {
    const document = store.getDocument(id)
    if (document) await fresh.store.putDocument(document)
  }
  return fresh
}

test('property: after any edits the index says what a new one would say, and its epoch grows with every change', async () => {
  const draft = fc.record({
    title: WORD,
    format: fc.constantFrom('text' as const, 'markdown' as const),
    blocks: fc.array(block, { maxLength: 8 }),
  })
  const edits = fc.array(fc.tuple(fc.nat(2), edit), { minLength: 1, maxLength: 8 })
  await fc.assert(
    fc.asyncProperty(fc.array(draft, { minLength: 3, maxLength: 3 }), edits, async (drafts, changes) => {
      const opened = open()
      const { store } = opened
      const present: (Draft | undefined)[] = [...drafts]
      for (const [place, one] of drafts.entries()) await store.putDocument(documentOf(`doc_${place}`, one))
      for (const [place, change] of changes) {
        const id = `doc_${place}`
        const before = present[place]
        const after = before === undefined ? drafts[place] : edited(before, change)
        present[place] = after
        const { epoch } = store.stats()
        const isSame = before !== undefined && JSON.stringify(before) === JSON.stringify(after)
        if (after === undefined) expect(store.deleteDocument(id)).toBe(true)
        else await store.putDocument(documentOf(id, after))
        expect(store.stats().epoch === epoch).toBe(isSame)
        const fresh = await afresh(opened)
        expect(saidBy(opened)).toEqual(saidBy(fresh))
        fresh.storage.close()
      }
      opened.storage.close()
    }),
    { seed: 11, numRuns: 120 },
  )
}, 120_000)

const paragraphOf = (topic: number) =>
  Array.from({ length: 30 }, (_, line) => {
    const more = 'and also for parcels that come back later '.repeat((line * 7 + topic * 3) % 4)
    return `Topic ${topic} has a rule ${line} about refunds ${more}in case ${line}.`
  })

test('one edit in a long document indexes a few chunks again, with headings and without', async () => {
  for (const format of ['markdown', 'text'] as const) {
    let removed = 0
    const store = new KnowledgeStore(nodeSql(), (change) => (removed = change.removedChunks.length))
    const sections = Array.from({ length: 40 }, (_, topic) => [
      ...(format === 'markdown' ? [`# Topic ${topic}`] : []),
      ...paragraphOf(topic),
    ])
    const put = async () => {
      const content = sections.flat().join('\n\n')
      return (await store.putDocument({ id: 'doc', title: 'Rules', format, content })).chunks
    }
    const before = await put()
    expect(before).toBeGreaterThan(150)
    sections[3]?.splice(5, 0, 'A new rule that nobody has heard of until this very day, with many words in it.')
    const after = await put()
    const added = after - before + removed
    console.log(`${format}: ${added} of ${after} chunks are indexed again`)
    expect(added).toBeLessThan(20)
    expect(removed).toBeLessThan(20)
  }
})

test('an address that changes is a change, and the same document put again is none', async () => {
  const { store } = open()
  const document = { id: 'doc', title: 'T', format: 'text', content: 'Refunds take five days.' } as const
  await store.putDocument(document)
  await store.putDocument(document)
  expect(store.stats().epoch).toBe(1)
  const moved = await store.putDocument({ ...document, url: 'https://help.example/refunds' })
  expect(moved.url).toBe('https://help.example/refunds')
  expect(store.stats()).toMatchObject({ epoch: 2, chunks: 1 })
})
