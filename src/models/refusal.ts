import { type Problem, problem } from '../lib/problem.ts'

/** What an OpenAI-compatible provider's status means to a caller of ours; undefined for 200. */
export function refusalOf(response: Response): Problem | undefined {
  const { status } = response
  if (status === 200) return undefined
  if (status === 401 || status === 403) return problem('PROVIDER_KEY_INVALID')
  if (status === 429 || status === 503) return problem('PROVIDER_OVERLOADED', { retryAfter: retryAfter(response) })
  if (status === 408 || status === 504) return problem('PROVIDER_TIMEOUT')
  return problem('PROVIDER_ERROR')
}

function retryAfter(response: Response): number {
  const seconds = Number(response.headers.get('retry-after'))
  return seconds >= 1 && seconds <= 300 ? Math.ceil(seconds) : 5
}
