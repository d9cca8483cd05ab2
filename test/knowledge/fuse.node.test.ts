import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { fuse, fuseHybrid } from '../../src/knowledge/index/fuse.ts'

const ids = fc.uniqueArray(fc.integer({ min: 1, max: 40 }), { maxLength: 25 })
const weight = fc.double({ min: 0.1, max: 5, noNaN: true })
const scoresOf = (fused: { id: number; score: number }[]) => new Map(fused.map(({ id, score }) => [id, score]))

test('the published formula: k = 60, dense 2, lexical 1', () => {
  const fused = fuseHybrid(['a', 'b'], ['c', 'a'])
  expect(fused.map(({ id }) => id)).toEqual(['a', 'b', 'c'])
  expect(fused[0]?.score).toBeCloseTo(2 / 61 + 1 / 62, 12)
  expect(fused[1]?.score).toBeCloseTo(2 / 62, 12)
  expect(fused[2]?.score).toBeCloseTo(1 / 61, 12)
  expect(fuseHybrid([], [])).toEqual([])
})

test('every id of any ranking is there once, best first', () => {
  fc.assert(
    fc.property(ids, ids, (dense, lexical) => {
      const fused = fuseHybrid(dense, lexical)
      expect(fused).toHaveLength(new Set([...dense, ...lexical]).size)
      expect(new Set(fused.map(({ id }) => id))).toEqual(new Set([...dense, ...lexical]))
      expect(fused.every(({ score }, at) => at === 0 || score <= (fused[at - 1]?.score ?? 0))).toBe(true)
    }),
  )
})

test('a better rank never lowers a score, and lowers nobody that it does not pass', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.integer({ min: 1, max: 40 }), { minLength: 2, maxLength: 25 }),
      ids,
      fc.nat(),
      (list, other, seed) => {
        const at = 1 + (seed % (list.length - 1))
        const better = list.with(at - 1, list[at] ?? 0).with(at, list[at - 1] ?? 0)
        const [before, after] = [scoresOf(fuseHybrid(list, other)), scoresOf(fuseHybrid(better, other))]
        const risen = list[at] ?? 0
        const passed = list[at - 1] ?? 0
        expect(after.get(risen)).toBeGreaterThan(before.get(risen) ?? 0)
        expect(after.get(passed)).toBeLessThan(before.get(passed) ?? 0)
        for (const [id, score] of before) if (id !== risen && id !== passed) expect(after.get(id)).toBe(score)
      },
    ),
  )
})

test('a hit in both rankings beats a hit of the same rank in one of them', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 50 }), weight, weight, (rank, dense, lexical) => {
      const before = Array.from({ length: rank }, (_, at) => 1_000 + at)
      const others = Array.from({ length: rank }, (_, at) => 2_000 + at)
      const both = fuse([
        { ids: [...before, 1], weight: dense },
        { ids: [...others, 1], weight: lexical },
      ])
      const one = fuse([
        { ids: [...before, 1], weight: dense },
        { ids: [...others, 2], weight: lexical },
      ])
      const of = (fused: typeof both, id: number) => scoresOf(fused).get(id) ?? 0
      expect(of(both, 1)).toBeGreaterThan(Math.max(of(one, 1), of(one, 2)))
    }),
  )
})

test('the order of the rankings does not matter, and equal scores have one order', () => {
  fc.assert(
    fc.property(ids, ids, weight, weight, (a, b, first, second) => {
      const rankings = [
        { ids: a, weight: first },
        { ids: b, weight: second },
      ]
      expect(fuse(rankings.toReversed())).toEqual(fuse(rankings))
    }),
  )
  expect(
    fuse([
      { ids: [9], weight: 1 },
      { ids: [3], weight: 1 },
    ]).map(({ id }) => id),
  ).toEqual([3, 9])
})

test('an id that comes again takes no rank: chunks fuse to documents by their best', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 9 })), ids, (chunks, other) => {
      expect(fuseHybrid(chunks, other)).toEqual(fuseHybrid([...new Set(chunks)], other))
    }),
  )
})
