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
  /** Share of the question's words this passage covers: 0 to about 1; 0 for what only meaning has found. */
  score: number
  /** SHA-256 (hex) of the document version the passage was cut from. */
  contentHash: string
  /** The analysed query terms found in it. */
  matched: string[]
}

export interface Evidence {
  passages: Passage[]
  /**
   * How likely the passages answer the question at all, 0 to 1; see `ABSTAIN_BELOW`. Judged by words alone, also where
   * meaning has found passages: how similar an answer is differs from one embedding model to the next, so a similarity
   * refuses nobody and vouches for nothing. What only meaning has found is for a model that reads it to judge; one that
   * quotes abstains, as it has no words to go by.
   */
  score: number
  /** Of the question and the nearest chunk, -1 to 1, where meaning was searched; to be compared within one model only. */
  similarity?: number
  /** Analysed query terms (and, lighter, their synonyms) with their weight: rarity in the index times that of their text. */
  terms: Record<string, number>
  /** Misspelt words of the question and the words of the index they were read as. */
  repaired?: Record<string, string>
}

export interface SearchResult extends Evidence {
  /** Grows with every change of the index. */
  epoch: number
}
