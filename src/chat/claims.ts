import { analyse, analyseContent, contentTerms } from '../lib/analyse.ts'
import { type Sentence, sentences } from '../lib/sentences.ts'
import { isSmallTalk } from '../models/small-talk.ts'
import { type Marker, markersIn } from './markers.ts'

/** A sentence of an answer that says something about the world, and the passages it cites. */
export type Claim = {
  /** Where it stands in the answer, in UTF-16 units. */
  start: number
  end: number
  /** Without its markers. */
  text: string
  terms: string[]
  /** The folded word behind each term. */
  words: string[]
  cites: Set<number>
}

/** Sentences of an answer that are judged; a model that went astray writes more. */
const MAX_SENTENCES = 400

/**
 * What an answer claims. Questions, headings, announcements of a list, courtesies and what the agent's own texts say
 * (`own`: greeting, refusal) claim nothing. A sentence without a marker belongs to the next one of its paragraph or
 * list, as people cite; failing that, to the one that announced its list.
 */
export function claimsIn(answer: string, own: readonly string[] = []): Claim[] {
  const markers = Array.from(markersIn(answer))
  const pieces = withMarkers(answer, markers)
  const said = own.flatMap((text) => sentences(text)).map(({ text }) => wordsOf(text))
  return pieces.flatMap(({ sentence, cites }, at) => {
    const { start, end, text } = sentence
    const { terms, words } = analyseContent(text)
    if (sentence.kind === 'heading' || terms.length === 0 || isAside(text)) return []
    if (isAnnouncement(text) && at + 1 < pieces.length) return []
    if (says(text, said)) return []
    return [{ start, end, text, terms, words, cites }]
  })
}

type Piece = { sentence: Sentence; cites: Set<number> }

function withMarkers(answer: string, markers: readonly Marker[]): Piece[] {
  const pieces = sentences(withoutMarkers(answer, markers))
    .slice(0, MAX_SENTENCES)
    .map((sentence): Piece => ({ sentence, cites: new Set() }))
  let at = 0
  for (const marker of markers) {
    while (at + 1 < pieces.length && (pieces[at + 1]?.sentence.start ?? 0) < marker.start) at++
    const before = pieces[at]
    const leads = !before || before.sentence.start > marker.start || isLineStart(answer, before.sentence.end, marker)
    const own = leads && before && before.sentence.start < marker.start ? pieces[at + 1] : before
    for (const number of marker.numbers) own?.cites.add(number)
  }
  return inherited(answer, pieces)
}

/** The same text with blanks for markers, so that a sentence ends where its words end and offsets stay. */
function withoutMarkers(answer: string, markers: readonly Marker[]): string {
  let bare = ''
  let from = 0
  for (const { start, end } of markers) {
    bare += answer.slice(from, start) + ' '.repeat(end - start)
    from = end
  }
  return bare + answer.slice(from)
}

/** `[1] Refunds take …`: the marker stands before its sentence. Alone on its line it belongs to what was said before. */
function isLineStart(answer: string, end: number, marker: Marker): boolean {
  const before = answer.slice(Math.max(end, marker.start - 20), marker.start)
  return /\n[\s>*-]*$/.test(before) && /^[ \t]*\S/.test(answer.slice(marker.end, marker.end + 20))
}

function inherited(answer: string, pieces: readonly Piece[]): Piece[] {
  const given = pieces.map(({ cites }) => cites)
  let next: Set<number> | undefined
  for (let at = pieces.length - 1; at >= 0; at--) {
    const cites = given[at]
    if (!goOn(answer, pieces[at], pieces[at + 1])) next = undefined
    if (cites?.size === 0) given[at] = next ?? cites
    else next = cites
  }
  let announced: Set<number> | undefined
  for (const [at, { sentence }] of pieces.entries()) {
    if (!goOn(answer, pieces[at - 1], pieces[at])) announced = undefined
    if (isAnnouncement(sentence.text)) announced = given[at]
    else if (given[at]?.size === 0 && announced) given[at] = announced
  }
  return pieces.map(({ sentence }, at) => ({ sentence, cites: given[at] ?? new Set() }))
}

/** Whether two pieces belong together: one paragraph, one list, or a list and what announces it. */
function goOn(answer: string, before: Piece | undefined, after: Piece | undefined): boolean {
  if (!before || !after) return false
  const between = answer.slice(before.sentence.end, after.sentence.start)
  if (!/\n[ \t\r]*\n/.test(between)) return after.sentence.kind !== 'heading'
  return after.sentence.kind === 'item' && (before.sentence.kind === 'item' || isAnnouncement(before.sentence.text))
}

const isAnnouncement = (text: string) => /[:：][*_\s]*$/.test(text)

const COURTESIES = new Set(
  analyse(`help happy glad hope feel free reach question questions assist assistance anything further let know sorry apologize
  apologies inconvenience course sure absolutely understand understood answer answers ask asking information reading
  gerne freut hoffe hilft helfen weiterhelfen fragen melden einfach jederzeit leider tut leid entschuldigung naturlich
  encantado ayudar ayuda espero pregunta preguntas dudas lamento siento supuesto claro
  plaisir aider aide espere questions hesitez desole volontiers bien sur
  prazer ajudar ajuda espero perguntas duvidas desculpe lamento
  piacere aiutare aiuto spero domande dispiace certamente volentieri
  graag helpen hoop vragen spijt
  chetnie pomoc pytania przykro`),
)

/** A question back or words of courtesy: nothing a source could support. */
function isAside(text: string): boolean {
  if (/[?？؟]["'”’»)*_\]\s]*$/.test(text) || isSmallTalk(text)) return true
  if (text.length > 160 || /\p{N}/u.test(text)) return false
  return contentTerms(text).every((term) => COURTESIES.has(term))
}

const wordsOf = (text: string) => analyse(text).join(' ')

/** The agent's own words, alone or with a few around them ("I am sorry, …"). */
function says(text: string, own: readonly string[]): boolean {
  const words = wordsOf(text)
  return own.some((said) => words.length <= 1.4 * said.length && ` ${words} `.includes(` ${said} `))
}
