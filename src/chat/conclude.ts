import type { Action, Citation, Grounding } from '../conversations/contract.ts'
import type { Admitted } from './admit.ts'
import { CitedPassage } from './cited-passage.ts'
import { cite } from './cite.ts'
import { isFallback } from './fallback.ts'
import { ground } from './ground.ts'

/** What is known of an answer once it is complete. */
export type Conclusion = { citations: Citation[]; grounding: Grounding; action: Action | null }

/** Cites and judges a complete answer: once, by the passages that were retrieved for it, with nothing asked anew. */
export async function conclude({ agent, evidence, fallback }: Admitted, answer: string): Promise<Conclusion> {
  const passages = evidence.passages.map((passage) => new CitedPassage(passage))
  const citations = await cite(answer, passages)
  const { greeting, refusalText, instructions } = agent.behavior
  const own = { texts: [greeting, refusalText, fallback.text], known: `${agent.name}\n${instructions}` }
  return {
    citations,
    grounding: ground(answer, passages, own),
    action: isFallback(answer, fallback, citations) ? fallback.action : null,
  }
}
