// The tool itself, as a command, over sets made here; and what it must reach on the visible sets where they are.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test, vi } from 'vitest'

vi.setConfig({ testTimeout: 120_000 })

const TOOL = join(import.meta.dirname, 'run.ts')
const VISIBLE = join(import.meta.dirname, '../../../shared/data/eval')
const folder = mkdtempSync(join(tmpdir(), 'eval-test-'))
afterAll(() => rmSync(folder, { recursive: true }))

const cells = (line: string) => line.trim().split(/\s{2,}/)

function evaluate(...args: string[]) {
  const env = { ...process.env, WRANGLER_LOG: 'error' }
  const { status, stdout, stderr } = spawnSync(process.execPath, [TOOL, ...args], { encoding: 'utf8', env })
  const lines = stdout.split('\n')
  /** The row of a table that begins with these cells. */
  const row = (title: string, ...start: string[]) =>
    lines
      .slice(lines.findIndex((line) => line.startsWith(title)))
      .map(cells)
      .find((found) => start.every((cell, at) => found[at] === cell))
  return { status, stdout, stderr, row }
}

function makeSet(name: string, files: Record<string, string>): string {
  const path = join(folder, name)
  mkdirSync(path)
  for (const [file, text] of Object.entries(files)) writeFileSync(join(path, file), text)
  return path
}

const jsonLines = (rows: unknown[], end = '\n') => rows.map((row) => JSON.stringify(row)).join(end) + end

const SHOP = [
  {
    id: 'refunds',
    title: 'Refunds',
    text: 'You can return any item within 30 days. The price is paid back to your card.',
  },
  { id: 'shipping', title: 'Shipping', text: 'We ship to all EU countries. Standard delivery takes 3 to 5 days.' },
  { id: 'warranty', title: 'Warranty', text: 'Every coffee machine has a warranty of two years.' },
]

test('a clean set: tables, run files and the difference between methods', () => {
  const shop = makeSet('shop', {
    'corpus.jsonl': jsonLines(SHOP),
    'queries.jsonl': jsonLines([
      { id: 'q1', text: 'How many days do I have to return an item?', answer: 'You have 30 days.' },
      { id: 'q2', text: 'And in how many days?', history: [{ role: 'user', content: 'Do you ship to the EU?' }] },
      { id: 'q3', text: 'what is the capital of mongolia', answerable: false },
    ]),
    'qrels.tsv': 'query-id\tcorpus-id\tscore\nq1\trefunds\t1\nq2\tshipping\t1\n',
    'answers.jsonl': jsonLines([{ id: 'q1', answerable: true, answers: ['30 days'] }]),
  })
  const other = makeSet('chatter', { 'queries.jsonl': jsonLines([{ id: 1, text: 'sing me a song' }]) })
  const out = join(folder, 'out')
  const { status, stdout, row } = evaluate(
    '--data',
    shop,
    '--data',
    other,
    '--method',
    'product,no-history',
    '--out',
    out,
  )
  expect(status, stdout).toBe(0)
  expect(row('Search', 'shop', 'product')?.slice(2, 6)).toEqual(['2', '1.000', '1.000', '1.000'])
  expect(row('Answers', 'shop', 'product')?.slice(2, 5)).toEqual(['1.000', '1.000', '1.000'])
  expect(row('Answers', 'shop', 'product')?.slice(6)).toEqual(['0.0 %', '2', '100.0 %', '1'])
  expect(row('Answers', 'chatter on shop', 'product')?.slice(8)).toEqual(['100.0 %', '1'])
  expect(row('Speed', 'shop', 'product')?.slice(2, 4)).toEqual(['3', '3'])
  expect(row('Search', 'shop', 'no-history')?.[3]).not.toBe('1.000')
  expect(row('Difference', 'shop', 'no-history - product')?.[2]).toMatch(/^-0\.\d{3} \[-0\.\d{3}, \+0\.000\]$/)
  expect(stdout).not.toContain('Odd in')
  const run = readFileSync(join(out, 'shop.product.run.tsv'), 'utf8')
  expect(run).toMatch(/^q1\trefunds\t1\t0\.\d+$/m)
  const predictions = readFileSync(join(out, 'shop.product.predictions.jsonl'), 'utf8').trim().split('\n')
  expect(predictions.map((line) => JSON.parse(line))).toMatchObject([
    { id: 'q1', abstain: false, sentences: expect.arrayContaining([SHOP[0]?.text.split(/(?<=\.) /)[0]]) },
    { id: 'q2', abstain: false },
    { id: 'q3', abstain: true, quotes: [] },
  ])
})

test('odd rows are told with their lines and stop nothing', () => {
  const odd = makeSet('odd', {
    'corpus.jsonl': `\ufeff${[
      JSON.stringify({ _id: 7, text: 'Refunds take five days. 😀 \ud83d' }),
      JSON.stringify({ id: 'empty', title: '', text: '  ' }),
      JSON.stringify({ id: 'title', title: 'Opening hours are nine to five', text: '' }),
      '{"id": "cut", "text": "Refu',
      '[1, 2]',
      '',
      JSON.stringify({ title: 'without an id', text: 'x' }),
      JSON.stringify({ id: 'tw\tice', title: null, text: 'The first half speaks of umbrellas.' }),
      JSON.stringify({ id: 'tw\tice', text: 'The second half speaks of parasols.' }),
      JSON.stringify({ id: 'huge', title: 'Huge', text: `${'All sorts of words. '.repeat(55_000)} A walrus.` }),
      JSON.stringify({ id: 'list', text: ['not', 'text'] }),
    ].join('\r\n')}`,
    'queries.jsonl': jsonLines(
      [
        { id: 'q1', text: 'how long do refunds take' },
        { id: 'q1', text: 'the same id again' },
        { id: 'q2', text: '' },
        { id: 'q3', text: 'what speaks of parasols?', history: 'none' },
        { id: 'q4', text: 'opening hours', history: [{ role: 'user' }, { role: 'agent', text: 'Hello' }, 3] },
        { id: 'q5', text: 'a walrus', answerable: 'yes' },
      ],
      '\r\n',
    ),
    'qrels.tsv':
      '\ufeffq1\t7\t1\r\nq3\ttw\r\nq4\ttitle\tmuch\r\nq4\ttitle\r\nq5\thuge\t2\r\nq5\tnowhere\t1\r\nq9\t7\t1\r\n\r\n',
    'answers.jsonl': jsonLines([{ id: 'q1', answers: [] }, { id: 'q5', answers: ['walrus', 5] }, null]),
  })
  const { status, stdout, row } = evaluate('--data', odd)
  expect(status, stdout).toBe(0)
  expect(row('Search', 'odd', 'product')?.slice(2, 4)).toEqual(['4', expect.stringMatching(/^0\.[5-9]/)])
  expect(row('Speed', 'odd', 'product')?.[2]).toBe('6')
  for (const line of [
    'not a JSON object, ignored: corpus.jsonl:4, corpus.jsonl:5',
    'no id, ignored: corpus.jsonl:7',
    'a document without text, not indexed: corpus.jsonl:2, corpus.jsonl:11',
    'a document without text, its title indexed as text: corpus.jsonl:3',
    'a document id that was there before, indexed as a further part: corpus.jsonl:9',
    'longer than 1000000 characters, indexed in parts: corpus.jsonl:10',
    'a question id that was there before, not asked: queries.jsonl:2',
    'a question without text, not asked: queries.jsonl:3',
    'a history that is no list, ignored: queries.jsonl:4',
    'a turn without role or content, ignored: queries.jsonl:5, queries.jsonl:5',
    'not question, document and grade with tabs between, ignored: qrels.tsv:3',
    'labels of a question that is not asked: q9',
    'an answer without spans, ignored: answers.jsonl:1',
    'not a JSON object, ignored: answers.jsonl:3',
    'labels that name a document which the corpus does not have: 2 of 5',
  ])
    expect(stdout).toContain(line)
})

test('what cannot be evaluated is said, and a wrong call explains itself', () => {
  const nothing = makeSet('nothing', {})
  const lonely = makeSet('lonely', { 'queries.jsonl': jsonLines([{ id: 'q', text: 'hello' }]) })
  const { status, stderr } = evaluate('--data', nothing, '--data', lonely)
  expect(status).toBe(1)
  expect(stderr).toContain(`no corpus.jsonl, nor a --corpus, for ${lonely}`)
  expect(stderr).toContain(`no queries.jsonl with questions in ${nothing}`)
  for (const args of [[], ['--what'], ['--data', lonely, '--method', 'magic'], ['--data', lonely, '--limit', 'x']]) {
    const wrong = evaluate(...args)
    expect(wrong.status).toBe(2)
    expect(wrong.stderr).toContain('usage: npm run eval')
  }
})

test.skipIf(!existsSync(VISIBLE))('the visible sets reach what is promised', { timeout: 300_000 }, () => {
  const names = ['wixqa160', 'mtragun-visible', 'squad2-visible', 'offtopic-visible']
  const { status, stdout, row } = evaluate(...names.flatMap((name) => ['--data', join(VISIBLE, name)]))
  expect(status, stdout).toBe(0)
  const cell = (at: number, ...start: string[]) => Number.parseFloat(row(start[0] ?? '', ...start.slice(1))?.[at] ?? '')
  expect(cell(3, 'Search', 'wixqa160')).toBeGreaterThanOrEqual(0.84)
  expect(cell(5, 'Search', 'wixqa160')).toBeGreaterThanOrEqual(0.9)
  expect(cell(3, 'Search', 'mtragun-visible')).toBeGreaterThanOrEqual(0.83)
  expect(cell(3, 'Answers', 'squad2-visible')).toBeGreaterThanOrEqual(0.86)
  expect(cell(4, 'Answers', 'squad2-visible')).toBeGreaterThanOrEqual(0.86)
  expect(cell(6, 'Answers', 'wixqa160')).toBeLessThanOrEqual(5)
  expect(cell(8, 'Answers', 'offtopic-visible on wixqa160')).toBeGreaterThanOrEqual(85)
})
if (!existsSync(VISIBLE)) console.warn(`NOT TESTED: the visible evaluation sets are not at ${VISIBLE}`)
