/** What can go wrong at a provider, as the sign-in page says it (`/sign-in?error=oidc_…`). */
export const OIDC_ERRORS = {
  cancelled: 'You did not finish signing in at the provider. Try again, or use your password.',
  expired: 'Signing in took too long, or began in another browser. Try again.',
  email: 'The provider has not verified your e-mail address. Verify it there, or use another way to sign in.',
  failed: 'The provider did not answer as it should. Try again, or use your password.',
} as const

export class OidcError extends Error {
  readonly reason: keyof typeof OIDC_ERRORS

  constructor(reason: keyof typeof OIDC_ERRORS) {
    super(`oidc ${reason}`)
    this.name = 'OidcError'
    this.reason = reason
  }
}
