import { type Sentence, sentences } from '../lib/sentences.ts'

/** Of a sentence with its list, in UTF-16 units. */
const LONGEST = 400

/** The sentences of a passage; one that announces a list ("Do this:") brings as much of it along as fits. */
export function quotable(text: string): Sentence[] {
  const pieces = sentences(text)
  return pieces.map((piece, place) => {
    if (!/[:：][*_]*$/.test(piece.text) || piece.kind === 'heading') return piece
    let end = piece.end
    const first = pieces[place + 1]
    for (let next = place + 1; next < pieces.length; next++) {
      const listed = pieces[next]
      if (listed === undefined || isContext(listed) || listed.end - piece.start > LONGEST) break
      if (listed.kind !== first?.kind || (listed !== first && /\n\s*\n/.test(text.slice(end, listed.start)))) break
      end = listed.end
    }
    return { ...piece, end, text: text.slice(piece.start, end) }
  })
}

/** Headings and the questions of an FAQ say what the next sentences are about, and answer nothing themselves. */
export function isContext({ text, kind }: Sentence): boolean {
  return kind === 'heading' || /[?？؟]["”’»)*_]*$/.test(text)
}
