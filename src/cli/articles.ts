import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'

export type Article = { title: string; url: string; format: 'markdown'; content: string }

/** The articles of one folder of `demo/`: Markdown below a front matter of `title` and `url`. */
export async function readArticles(folder: string): Promise<Article[]> {
  const directory = path.join(import.meta.dirname, 'demo', folder)
  const files = (await readdir(directory)).filter((name) => name.endsWith('.md')).toSorted()
  return Promise.all(files.map(async (file) => toArticle(file, await readFile(path.join(directory, file), 'utf8'))))
}

function toArticle(file: string, text: string): Article {
  const [, frontMatter = '', content = ''] = /^---\r?\n(.*?)\r?\n---\r?\n(.*)$/s.exec(text) ?? []
  const field = (name: string) => new RegExp(`^${name}: *(.+?) *$`, 'm').exec(frontMatter)?.[1]
  const title = field('title')
  const url = field('url')
  if (!title || !url) throw new Error(`${file}: expected a front matter with title and url`)
  return { title, url, format: 'markdown', content: content.trim() }
}
