import type { Behavior } from '../agents/contract.ts'

/** An organization of the local demo. Its id is fixed: that is how a later start finds it. */
export type Demo = {
  id: string
  name: string
  plan: string
  /** The folder of its articles in `demo/`. */
  articles: string
  agent: { name: string; behavior: Partial<Behavior> }
  question: string
}

/**
 * How to reach a demo organization. The agent's key is made last, so a demo that has it was seeded completely, and
 * nothing else has to remember that.
 */
export type DemoAccess = { demo: Demo; organizationKey: string; agentId?: string; apiKey?: string }

/** Both keys of a demo bear it; a key that the developer makes is never taken for one of them. */
export const KEY_NAME = 'Local demo'

/** Who signs in to the demo, as the owner of all its organizations. In the local database only. */
export const DEMO_USER = {
  id: 'usr_demoowner',
  email: 'demo@acme.test',
  name: 'Demo Owner',
  password: 'demo-demo-demo',
}

const GROUNDED =
  'Answer from the help articles only, briefly and in plain words. Keep numbers, prices and deadlines exactly as written.'

export const DEMOS: readonly [Demo, ...Demo[]] = [
  {
    id: 'org_demofernwaysupply',
    name: 'Fernway Supply',
    plan: 'pro',
    articles: 'fernway-supply',
    agent: {
      name: 'Fernway help',
      behavior: {
        instructions: `You are the help desk of Fernway Supply, a shop for hiking and camping gear. ${GROUNDED}`,
        greeting: 'Hello, this is Fernway help. Ask me about orders, returns, sizes or looking after your gear.',
        refusalText:
          'I could not find that in our help articles. Call 01632 960 418 or write to support@fernway.example, and a person will help you.',
      },
    },
    question: 'How do refunds work?',
  },
  {
    id: 'org_demolumendesk',
    name: 'Lumen Desk',
    plan: 'free',
    articles: 'lumen-desk',
    agent: {
      name: 'Lumen Desk help',
      behavior: {
        instructions: `You are the support agent of Lumen Desk, a booking service for desks and meeting rooms. ${GROUNDED}`,
        greeting: 'Hello! Ask me how to set up rooms, calendars, tablets or sign-in in Lumen Desk.',
        refusalText:
          'Our documentation does not answer that. Write to support@lumendesk.example, and the support team will look into it.',
      },
    },
    question: 'How do I create an API token?',
  },
]
