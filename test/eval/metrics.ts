// The usual measures, so that a table needs no other tool. Definitions as in trec_eval and SQuAD; a question without any
// result counts 0.

export type Rank = { ndcg: number; hit1: number; hit3: number; recall: number; mrr: number }

const TOP = 10

const discounted = (grades: number[]) =>
  grades.reduce((sum, grade, at) => sum + (2 ** grade - 1) / Math.log2(at + 2), 0)

/** `labels` are grades above 0. */
export function scoreRanking(labels: ReadonlyMap<string, number>, ranked: readonly string[]): Rank {
  const top = ranked.slice(0, TOP)
  const first = top.findIndex((id) => labels.has(id))
  const ideal = [...labels.values()].toSorted((a, b) => b - a).slice(0, TOP)
  return {
    ndcg: discounted(top.map((id) => labels.get(id) ?? 0)) / discounted(ideal),
    hit1: first === 0 ? 1 : 0,
    hit3: first >= 0 && first < 3 ? 1 : 0,
    recall: top.filter((id) => labels.has(id)).length / labels.size,
    mrr: first < 0 ? 0 : 1 / (first + 1),
  }
}

const normal = (text: string) =>
  text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}]+/gu, ' ')
    .trim()
const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u
/** A sentence counts up to here, so that whole pages earn nothing. */
export const LONGEST = 400

/** Does one of the sentences say one of the spans? In whole words, where the script has spaces. */
export function saysSpan(sentences: readonly string[], spans: readonly string[], longest = LONGEST): boolean {
  const said = sentences.map((sentence) => normal(Array.from(sentence).slice(0, longest).join('')))
  return spans.map(normal).some((span) => {
    if (span === '') return false
    if (UNSPACED.test(span)) return said.some((text) => text.replaceAll(' ', '').includes(span.replaceAll(' ', '')))
    return said.some((text) => ` ${text} `.includes(` ${span} `))
  })
}

function wordsOf(text: string): Map<string, number> {
  const words = new Map<string, number>()
  // Of a link its text counts, not its address.
  for (const word of normal(text.replace(/\]\([^)]*\)/g, ']')).split(' '))
    if (word !== '') words.set(word, (words.get(word) ?? 0) + 1)
  return words
}

const total = (counts: Iterable<number>) => [...counts].reduce((sum, count) => sum + count, 0)

/** F1 of the words of an answer and the expert's, as bags. */
export function rouge1(answer: string, expert: string): number {
  const [here, there] = [wordsOf(answer), wordsOf(expert)]
  const shared = total(Array.from(there, ([word, count]) => Math.min(count, here.get(word) ?? 0)))
  return shared === 0 ? 0 : (2 * shared) / (total(here.values()) + total(there.values()))
}

export const mean = (values: readonly number[]): number => total(values) / values.length

/** Mean of `after - before` over the same questions, and where it lies in 95 of 100 draws from them (bootstrap). */
export function difference(before: readonly number[], after: readonly number[]) {
  const each = after.map((value, at) => value - (before[at] ?? 0))
  let state = 1
  const draw = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return each[Math.floor((state / 2 ** 32) * each.length)] ?? 0
  }
  const means = Array.from({ length: 2_000 }, () => mean(each.map(draw))).toSorted((a, b) => a - b)
  return { mean: mean(each), low: means[50] ?? 0, high: means[1_949] ?? 0 }
}
