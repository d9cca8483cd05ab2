import { raw } from 'hono/html'
import type { Child } from 'hono/jsx'
import { SCRIPT, STYLE } from './assets.ts'
import type { Theme } from './visit.ts'

type Props = { title: string; theme: Theme; signedIn?: boolean; children?: Child }

/** What every page is made of, signed in or not. The script only adds to what works without it. */
export const Document = ({ title, theme, signedIn = false, children }: Props) => (
  <>
    {raw('<!doctype html>')}
    <html lang="en" data-theme={theme === 'auto' ? undefined : theme}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <meta name="robots" content="noindex" />
        <title>{title} · FlexyAgents</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href={`/assets/${STYLE.name}`} />
        <script src={`/assets/${SCRIPT.name}`} defer></script>
      </head>
      <body data-signed-in={signedIn || undefined}>
        <a class="skip" href="#m">
          Skip to content
        </a>
        {children}
      </body>
    </html>
  </>
)

/** The one-column pages: sign-in, sign-up, and what went wrong. */
export const Door = ({ title, theme, children }: Omit<Props, 'signedIn'>) => (
  <Document title={title} theme={theme}>
    <main class="door" id="m">
      <a class="logo" href="/">
        <i aria-hidden="true">F</i>FlexyAgents
      </a>
      {children}
    </main>
  </Document>
)
