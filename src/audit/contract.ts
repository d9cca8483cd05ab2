import * as z from 'zod'
import type { Contract } from '../http/contract.ts'
import { page, pageQuery, timestamp } from '../http/schemas.ts'

const hash = z.string().meta({ description: 'SHA-256, hexadecimal' })

const entry = z
  .strictObject({
    id: z.string(),
    actorType: z.string(),
    actorId: z.string(),
    action: z.string().meta({ example: 'agent.deleted' }),
    target: z.string().meta({ description: 'Id of what was changed' }),
    requestId: z.string(),
    createdAt: timestamp,
    details: z.record(z.string(), z.unknown()).nullable(),
    seq: z.int().nullable().meta({ description: '1, 2, 3, …: a number that is left out is an entry that was taken' }),
    prevHash: hash.nullable(),
    hash: hash.nullable().meta({ description: 'Null until the entry is sealed, some minutes later at most' }),
  })
  .meta({ id: 'AuditEntry' })

export const auditContract = {
  listAudit: {
    method: 'get',
    path: '/api/audit',
    tag: 'Audit',
    summary: 'Who did what in the organization, newest first',
    scope: 'audit:read',
    query: pageQuery.extend({
      action: z
        .string()
        .max(64)
        .regex(/^[\w.]+$/)
        .optional()
        .meta({ description: 'An action or how it begins: `agent` finds `agent.created`' }),
      actorId: z.string().max(64).optional(),
      target: z.string().max(64).optional(),
      since: z.iso.datetime().optional(),
    }),
    status: 200,
    response: page(entry),
    errors: ['VALIDATION_FAILED', 'INVALID_CURSOR'],
  },
  exportAudit: {
    method: 'get',
    path: '/api/audit/export',
    tag: 'Audit',
    summary: 'The whole audit log, oldest first, as NDJSON',
    description: [
      'One entry a line, this export among them. The `hash` of an entry is SHA-256 of its `prevHash`, a line end and the JSON list of',
      '`organizationId, seq, id, actorType, actorId, action, target, requestId, createdAt (epoch milliseconds), details (a string of JSON or null)`.',
      'The last line, `{"type":"end"}`, counts the entries: without it the file was cut.',
    ].join('\n'),
    scope: 'audit:read',
    status: 200,
    produces: 'application/x-ndjson',
    errors: [],
  },
  verifyAudit: {
    method: 'get',
    path: '/api/audit/verification',
    tag: 'Audit',
    summary: 'Whether the audit log is complete and unchanged',
    scope: 'audit:read',
    status: 200,
    response: z
      .strictObject({
        isIntact: z.boolean(),
        entries: z.int(),
        sealed: z.int().meta({ description: 'Number of the last sealed entry' }),
        waiting: z.int().meta({ description: 'Entries that are not sealed yet' }),
        hash: hash.meta({ description: 'Of the last sealed entry: keep it, and a later log must still contain it' }),
        faults: z.array(
          z.strictObject({
            kind: z.enum(['missing', 'changed', 'detached', 'unsealed', 'head']),
            seq: z.int(),
            id: z.string().nullable(),
          }),
        ),
      })
      .meta({ id: 'AuditVerification' }),
    errors: [],
  },
} as const satisfies Contract
