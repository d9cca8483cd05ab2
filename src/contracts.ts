import { accessContract } from './access/contract.ts'
import { agentsContract } from './agents/contract.ts'
import { auditContract } from './audit/contract.ts'
import { chatContract } from './chat/contract.ts'
import { conversationsContract } from './conversations/contract.ts'
import { docsContract } from './docs/contract.ts'
import type { Contract } from './http/contract.ts'
import { knowledgeContract } from './knowledge/contract.ts'
import { sourceContract } from './knowledge/source-contract.ts'
import { authContract } from './identity/auth-contract.ts'
import { identityContract } from './identity/contract.ts'
import { organizationsContract } from './organizations/contract.ts'
import { privacyContract } from './privacy/contract.ts'
import { usageContract } from './usage/contract.ts'
import { modelsContract } from './models/contract.ts'

/** Every operation of the API. The router, openapi.json and the tests that walk all operations read this list. */
export const contracts = {
  ...chatContract,
  ...knowledgeContract,
  ...sourceContract,
  ...conversationsContract,
  ...agentsContract,
  ...accessContract,
  ...usageContract,
  ...organizationsContract,
  ...modelsContract,
  ...auditContract,
  ...privacyContract,
  ...identityContract,
  ...authContract,
  ...docsContract,
} satisfies Contract
