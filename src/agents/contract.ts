import * as z from 'zod'
import type { Contract } from '../http/contract.ts'
import { agentParams, name, page, pageQuery, plainText, timestamp } from '../http/schemas.ts'

export const behavior = z.strictObject({
  instructions: plainText(8_000).meta({ description: 'What the model is told about its task and tone' }),
  greeting: plainText(500).meta({ description: 'Said when somebody only says hello' }),
  refusalText: plainText(500).meta({ description: 'Said when the knowledge does not hold an answer' }),
  noEvidence: z.enum(['say_so', 'ask_back', 'hand_off']).meta({
    description:
      'What happens when the knowledge does not hold an answer: `say_so` says `refusalText`; `ask_back` asks which of the nearest documents is meant, once in a row; `hand_off` asks for a person',
  }),
  askBackText: plainText(500)
    .trim()
    .refine((text) => text.includes('{titles}'), { error: 'expected {titles}, where the titles are to stand' })
    .meta({ description: 'Said by `ask_back`; `{titles}` becomes the titles of up to three documents' }),
  handOffText: plainText(500).trim().min(1).meta({ description: 'Said by `hand_off`' }),
  model: z
    .string()
    .regex(/^[\w.:/@-]{1,100}$/, 'expected a model name of 1 to 100 characters')
    .meta({
      description:
        '`auto`: the platform decides; `embedded`: the built-in extractive model; else the name of a model of the provider',
      example: 'auto',
    }),
  language: z
    .string()
    .regex(/^(?:auto|[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})?)$/, 'expected auto or a BCP 47 language such as de or pt-BR')
    .meta({ description: '`auto` answers in the language of the question', example: 'auto' }),
  embeddings: z.enum(['auto', 'off']).meta({
    description:
      '`auto`: knowledge is searched by words and by meaning, where the platform has a model for that; its texts are sent to that model. `off`, and agents with model `embedded`: by words only',
  }),
})
export type Behavior = z.output<typeof behavior>

export const DEFAULT_BEHAVIOR: Behavior = {
  instructions: 'You are a friendly support agent. Answer briefly and precisely.',
  greeting: 'Hello! What can I help you with?',
  refusalText: 'I could not find an answer to that in our help articles.',
  noEvidence: 'say_so',
  askBackText: 'I did not find exactly that. Do you mean: {titles}?',
  handOffText: 'I could not find an answer to that. I have asked our team to take over.',
  model: 'auto',
  language: 'auto',
  embeddings: 'auto',
}

const origin = z
  .string()
  .max(253)
  .regex(
    /^https?:\/\/(?:\*\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)*(?::\d{1,5})?$/,
    'expected an origin: https://www.example.com',
  )
const allowedOrigins = z
  .array(origin)
  .max(50)
  .meta({ description: 'Web pages that may call the agent; `https://*.example.com` means its subdomains' })
const status = z.enum(['active', 'paused'])

export const agent = z
  .strictObject({
    id: z.string(),
    name: z.string(),
    status,
    behavior,
    allowedOrigins: z.array(z.string()),
    createdAt: timestamp,
    updatedAt: timestamp,
  })
  .meta({ id: 'Agent' })

const behaviorInput = behavior.partial()
export const draft = z
  .strictObject({
    behavior: behavior.meta({ description: 'As publishing would make it' }),
    changed: z.array(z.string()).meta({ description: 'Fields that differ from what holds' }),
    savedAt: timestamp.nullable(),
  })
  .meta({ id: 'Draft' })
export const agentVersion = z
  .strictObject({
    version: z.int(),
    behavior,
    actor: z.strictObject({ type: z.string(), id: z.string() }).meta({ description: 'Who published it' }),
    publishedAt: timestamp,
  })
  .meta({ id: 'AgentVersion' })

const agentInput = z.strictObject({
  name,
  behavior: behaviorInput.optional(),
  allowedOrigins: allowedOrigins.optional(),
  status: status.optional(),
})

export const agentsContract = {
  createAgent: {
    method: 'post',
    path: '/api/agents',
    tag: 'Agents',
    summary: 'Create an agent',
    description: 'Fields of `behavior` that are left out get a sensible default.',
    scope: 'agents:write',
    body: agentInput,
    status: 201,
    response: agent,
    errors: ['VALIDATION_FAILED', 'INVALID_JSON', 'PLAN_UPGRADE_REQUIRED'],
  },
  listAgents: {
    method: 'get',
    path: '/api/agents',
    tag: 'Agents',
    summary: 'List the agents of the organization, newest first',
    scope: 'agents:read',
    query: pageQuery,
    status: 200,
    response: page(agent),
    errors: ['VALIDATION_FAILED', 'INVALID_CURSOR'],
  },
  getAgent: {
    method: 'get',
    path: '/api/agents/{agentId}',
    tag: 'Agents',
    summary: 'Read an agent',
    scope: 'agents:read',
    params: agentParams,
    status: 200,
    response: agent,
    errors: ['NOT_FOUND'],
  },
  updateAgent: {
    method: 'patch',
    path: '/api/agents/{agentId}',
    tag: 'Agents',
    summary: 'Change an agent',
    description: 'Only what is sent is changed; it holds for the next chat.',
    scope: 'agents:write',
    params: agentParams,
    body: agentInput.partial(),
    status: 200,
    response: agent,
    errors: ['VALIDATION_FAILED', 'INVALID_JSON', 'NOT_FOUND', 'PLAN_UPGRADE_REQUIRED'],
  },
  getDraft: {
    method: 'get',
    path: '/api/agents/{agentId}/draft',
    tag: 'Agents',
    summary: 'Read the draft of the behavior, or what holds when there is none',
    scope: 'agents:read',
    params: agentParams,
    status: 200,
    response: draft,
    errors: ['NOT_FOUND'],
  },
  saveDraft: {
    method: 'patch',
    path: '/api/agents/{agentId}/draft',
    tag: 'Agents',
    summary: 'Prepare changes of the behavior without making them',
    description: 'Only what is sent is changed in the draft. No chat sees a draft.',
    scope: 'agents:write',
    params: agentParams,
    body: behaviorInput,
    status: 200,
    response: draft,
    errors: ['VALIDATION_FAILED', 'INVALID_JSON', 'NOT_FOUND', 'PLAN_UPGRADE_REQUIRED'],
  },
  publishDraft: {
    method: 'post',
    path: '/api/agents/{agentId}/publish',
    tag: 'Agents',
    summary: 'Make the draft what holds; it does for the next chat',
    scope: 'agents:write',
    params: agentParams,
    status: 200,
    response: agent,
    errors: ['NOT_FOUND', 'CONFLICT', 'PLAN_UPGRADE_REQUIRED'],
  },
  discardDraft: {
    method: 'delete',
    path: '/api/agents/{agentId}/draft',
    tag: 'Agents',
    summary: 'Forget the draft',
    scope: 'agents:write',
    params: agentParams,
    status: 204,
    errors: ['NOT_FOUND'],
  },
  listVersions: {
    method: 'get',
    path: '/api/agents/{agentId}/versions',
    tag: 'Agents',
    summary: 'What the agent was told, from when on and by whom, newest first',
    scope: 'agents:read',
    params: agentParams,
    query: z.strictObject({
      limit: z.coerce.number().int().min(1).max(100).default(20),
      before: z.coerce.number().int().min(1).optional().meta({ description: '`next` of the page before' }),
    }),
    status: 200,
    response: z.strictObject({ data: z.array(agentVersion), next: z.int().nullable() }).meta({ id: 'AgentVersions' }),
    errors: ['VALIDATION_FAILED', 'NOT_FOUND'],
  },
  deleteAgent: {
    method: 'delete',
    path: '/api/agents/{agentId}',
    tag: 'Agents',
    summary: 'Delete an agent with its keys, knowledge and conversations',
    description: 'Its keys stop working at once; its data is erased in the background.',
    scope: 'agents:write',
    params: agentParams,
    status: 204,
    errors: ['NOT_FOUND'],
  },
} as const satisfies Contract
