import { sealedKeys } from './access/keys.ts'
import { sealedCredentials } from './vault/credentials.ts'
import type { SealedTable } from './vault/sealed-table.ts'

/** Every table whose secrets follow the current key-encryption key. A column that is not here is never sealed anew. */
export const SEALED_TABLES: readonly SealedTable[] = [sealedCredentials, sealedKeys]
