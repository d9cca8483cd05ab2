import { readCookie } from '../identity/cookie.ts'
import type { Theme } from './visit.ts'

const THEMES: readonly string[] = ['light', 'dark']

/** What a person chose over the theme of their system. */
export function readTheme(headers: Headers): Theme {
  const theme = readCookie(headers, 'theme')
  return theme !== undefined && THEMES.includes(theme) ? (theme as Theme) : 'auto'
}

export function themeCookie(url: URL, theme: string): string {
  const secure = url.protocol === 'https:' ? '; Secure' : ''
  const isChosen = THEMES.includes(theme)
  const life = isChosen ? 365 * 86_400 : 0
  return `theme=${isChosen ? theme : ''}; Path=/; Max-Age=${life}; HttpOnly; SameSite=Lax${secure}`
}
