import { crc32 } from '../lib/bytes.ts'
import chat from './client/chat.client.js' with { type: 'text' }
import forms from './client/forms.client.js' with { type: 'text' }
import keyboard from './client/keyboard.client.js' with { type: 'text' }
import live from './client/live.client.js' with { type: 'text' }
import css from './style.css' with { type: 'text' }

type Asset = { name: string; type: string; text: string }

/** The one style sheet and the one script, named by what is in them, so that browsers keep them for good. */
export const STYLE = asset('css', 'text/css; charset=utf-8', smaller(css))
// Each file is a block of its own: no name of one is known to another.
export const SCRIPT = asset(
  'js',
  'text/javascript; charset=utf-8',
  [forms, live, chat, keyboard].map((text) => `{\n${text}}\n`).join(''),
)

/** The asset at this path, or undefined for a name that is not, or no longer, one. */
export function findAsset(name: string): Response | undefined {
  const found = [STYLE, SCRIPT].find((one) => one.name === name)
  if (!found) return undefined
  return new Response(found.text, {
    headers: { 'content-type': found.type, 'cache-control': 'public, max-age=31536000, immutable' },
  })
}

function asset(ending: string, type: string, text: string): Asset {
  const hash = crc32(encodeURIComponent(text)).toString(36)
  return { name: `dashboard-${hash}.${ending}`, type, text }
}

/** Without comments and white space: as much as can be left out without understanding CSS. */
function smaller(text: string): string {
  return text
    .replace(/\/\*[^]*?\*\//g, '')
    .replace(/\s+/g, ' ')
    .replace(/ ?([{};,]) ?/g, '$1')
    .replaceAll(': ', ':')
    .replaceAll(';}', '}')
}
