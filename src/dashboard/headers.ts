/** Nothing but our own files: no inline script or style, no frame around us, no form that posts elsewhere. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ')

/** What every page of the dashboard is sent with. Pages hold an organization's data: nobody stores them. */
export function protect(headers: Headers, url: URL): void {
  headers.set('content-security-policy', POLICY)
  // An address with a token goes nowhere else. `no-referrer` would take the Origin from the form's post as well.
  const isSecret = url.searchParams.has('token')
  headers.set('referrer-policy', isSecret ? 'same-origin' : 'strict-origin-when-cross-origin')
  headers.set('cross-origin-opener-policy', 'same-origin')
  headers.set('x-frame-options', 'DENY')
  headers.set('permissions-policy', 'camera=(), microphone=(), geolocation=(), payment=()')
  if (url.protocol === 'https:') headers.set('strict-transport-security', 'max-age=31536000; includeSubDomains')
  if (!headers.has('cache-control')) headers.set('cache-control', 'no-store')
}
