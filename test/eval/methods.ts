import { join } from 'node:path'
import type { Plugin } from 'esbuild'
import { ROOT } from '../bench/bundle.ts'

export type Method = {
  about: string
  /** Modules of the product and what stands in for them in this build: the product itself has no switches for this. */
  replaces?: Record<string, string>
  /** Whether earlier turns are sent along. */
  history?: false
}

export const METHODS: Record<string, Method> = {
  product: { about: 'the product as it is' },
  'one-stage': {
    about: "FTS5's own order of the words of the question, without the second stage",
    replaces: { 'src/knowledge/index/lexical.ts': 'one-stage.ts' },
  },
  'no-history': { about: 'the last question alone', history: false },
  'no-spelling': {
    about: 'misspelt words are not repaired',
    replaces: { 'src/knowledge/index/spelling.ts': 'no-spelling.ts' },
  },
  'no-synonyms': {
    about: 'words of support have no synonyms',
    replaces: { 'src/knowledge/index/synonyms.ts': 'no-synonyms.ts' },
  },
}

/** Puts the method's modules in the place of the product's, which they may still import themselves. */
export function replacing({ replaces = {} }: Method): Plugin {
  const places = new Map(
    Object.entries(replaces).map(([module, by]) => [join(ROOT, module), join(import.meta.dirname, 'variants', by)]),
  )
  return {
    name: 'variant',
    setup(build) {
      build.onResolve({ filter: /^\.\.?\// }, ({ path, resolveDir, importer }) => {
        const by = places.get(join(resolveDir, path))
        return by === undefined || by === importer ? undefined : { path: by }
      })
    },
  }
}
