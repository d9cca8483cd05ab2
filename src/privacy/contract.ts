import type { Contract } from '../http/contract.ts'

export const privacyContract = {
  exportOrganization: {
    method: 'get',
    path: '/api/organization/export',
    tag: 'Organization',
    summary: 'Everything that is stored of the organization, as NDJSON',
    description: [
      'One row a line: `{"type":"row","table":…,"row":{…}}` of the organization, members, agents and their versions, keys, sources, conversations, messages, usage, events,',
      'the audit log; then `{"type":"document",…}`, the documents of all agents with their content. Secrets are left out. The last line, `{"type":"end"}`, counts',
      'them: without it the file was cut. The audit log tells of the export.',
    ].join('\n'),
    scope: 'organization:write',
    status: 200,
    produces: 'application/x-ndjson',
    errors: [],
  },
} as const satisfies Contract
