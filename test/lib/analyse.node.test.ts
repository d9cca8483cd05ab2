import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { analyse, analyseContent, contentTerms, fold, hashTerm, termOf } from '../../src/lib/analyse.ts'
import { porter } from '../../src/lib/porter.ts'
import { isStopWord } from '../../src/lib/stop-words.ts'
import { HOSTILE } from '../support/hostile.ts'

test('Porter: the examples of the 1980 paper', () => {
  const pairs =
    'caresses caress ponies poni ties ti caress caress cats cat feed feed agreed agre plastered plaster bled bled ' +
    'motoring motor sing sing conflated conflat troubled troubl sized size hopping hop tanned tan falling fall ' +
    'hissing hiss fizzed fizz failing fail filing file happy happi sky sky relational relat conditional condit ' +
    'rational ration valenci valenc digitizer digit conformabli conform radicalli radic differentli differ vileli vile ' +
    'analogousli analog vietnamization vietnam predication predic operator oper feudalism feudal decisiveness decis ' +
    'hopefulness hope callousness callous formaliti formal sensitiviti sensit sensibiliti sensibl triplicate triplic ' +
    'formative form formalize formal electriciti electr electrical electr hopeful hope goodness good revival reviv ' +
    'allowance allow inference infer airliner airlin gyroscopic gyroscop adjustable adjust defensible defens ' +
    'irritant irrit replacement replac adjustment adjust dependent depend adoption adopt homologou homolog ' +
    'communism commun activate activ angulariti angular homologous homolog effective effect bowdlerize bowdler ' +
    'probate probat rate rate cease ceas controll control roll roll'
  const words = pairs.split(' ')
  const wrong: string[] = []
  for (let at = 0; at < words.length; at += 2) {
    const [word = '', stem = ''] = words.slice(at, at + 2)
    if (porter(word) !== stem) wrong.push(`${word}: ${porter(word)} instead of ${stem}`)
  }
  expect(wrong).toEqual([])
})

test('forms of one word become one term', () => {
  for (const [a, b] of [
    ['refund', 'Refunds'],
    ['shipping', 'SHIPPED'],
    ['configuration', 'configure'],
    ['réservation', 'reservations'],
    ['Straße', 'STRASSE'],
    ['ΟΔΟΣ', 'οδός'],
    ['İstanbul', 'istanbul'],
    ['المنتجات', 'منتج'],
    ['ｆｕｌｌｗｉｄｔｈ', 'fullwidth'],
    ['ﬁle', 'file'],
    ['Возврат', 'возврата'],
  ]) {
    expect(analyse(a ?? ''), `${a} and ${b}`).toEqual(analyse(b ?? ''))
  }
})

test('numbers and codes stay whole', () => {
  expect(analyse('Error 0x80070005 since 2024, v2beta11')).toEqual(['error', '0x80070005', 'sinc', '2024', 'v2beta11'])
})

test('scripts without spaces are cut into pairs and threes, also inside other words', () => {
  expect(analyse('返品する')).toEqual(['返品', '品す', 'する'])
  expect(analyse('iPhoneを買う')).toEqual(['iphon', 'を買', '買う'])
  expect(analyse('환불은')).toEqual(['환불', '불은'])
  expect(analyse('ค่าจัดส่ง')).toContain('จัด')
  expect(analyse('字')).toEqual(['字'])
})

test('stop words carry nothing, whatever their spelling', () => {
  expect(contentTerms("I want to know: how don't refunds work, please?")).toEqual(['refund'])
  expect(contentTerms('Ich möchte wissen, wie ich das zurückgeben kann')).toContain('zuruck')
  expect(contentTerms('什么')).toEqual([])
  expect(contentTerms('Für máy tính')).toEqual(['mai', 'tinh'])
  expect(isStopWord('the')).toBe(true)
  expect(isStopWord('refund')).toBe(false)
})

test('each term knows the word it came from, and a cut knows none', () => {
  expect(analyseContent('Shipping 配送')).toEqual({ terms: ['ship', '配送'], words: ['shipping', ''] })
})

test('terms are letters, marks and digits only, and a term is its own term', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), (text) => {
      const { terms, words } = analyseContent(text)
      expect(terms).toHaveLength(words.length)
      for (const [at, term] of terms.entries()) {
        expect(term).toMatch(/^[\p{L}\p{M}\p{N}]+$/u)
        if (words[at] !== '') expect(termOf(words[at] ?? '')).toBe(term)
      }
    }),
    { seed: 1, numRuns: 500 },
  )
})

test('case and composition change nothing', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), (text) => {
      expect(analyse(text.normalize('NFD'))).toEqual(analyse(text.normalize('NFC')))
      expect(fold(fold(text))).toBe(fold(text))
    }),
    { seed: 2, numRuns: 500 },
  )
})

test('hashes are 32-bit integers and spread', () => {
  const seen = new Set<number>()
  for (let at = 0; at < 20_000; at++) {
    const hash = hashTerm(`t${at}`)
    expect(hash).toBe(hash | 0)
    seen.add(hash)
  }
  expect(seen.size).toBeGreaterThan(19_995)
})

test.each(Object.entries(HOSTILE))('a megabyte of %s is analysed in linear time', (_, text) => {
  const began = performance.now()
  analyse(text)
  expect(performance.now() - began).toBeLessThan(3_000)
})
