// What retrieval hands to a model: passages with what is needed to quote and to judge them.

/** One text of the question. The latest user turn weighs 1; earlier turns and the last answer weigh less. */
export interface QueryText {
  text: string
  weight: number
}

export interface Passage {
  documentId: string
  title: string
  url?: string
  /** The headings above the passage, outermost first. */
  headings: string[]
  /** An exact slice of the document's content. */
  text: string
  /** Where `text` begins in the document's content, in UTF-16 units. */
  start: number
  /** Which chunk of the document this is. */
  ordinal: number
  /** Share of the question this passage covers: 0 to about 1. */
  score: number
  /** SHA-256 (hex) of the document version the passage was cut from. */
  contentHash: string
  /** The analysed query terms found in it. */
  matched: string[]
}

export interface Evidence {
  passages: Passage[]
  /** How likely the passages answer the question at all, 0 to 1; see `ABSTAIN_BELOW`. */
  score: number
  /** Analysed query terms (and, lighter, their synonyms) with their weight: rarity in the index times that of their text. */
  terms: Record<string, number>
  /** Misspelt words of the question and the words of the index they were read as. */
  repaired?: Record<string, string>
}

export interface SearchResult extends Evidence {
  /** Grows with every change of the index. */
  epoch: number
}
