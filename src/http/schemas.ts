// Schemas that the contracts of several rooms share.
import * as z from 'zod'

/** An id in a path: the shape only keeps nonsense away from the database; unknown ids answer 404. */
export const idParam = (prefix: string, example: string) =>
  z
    .string()
    .max(64)
    .meta({ description: `Id that starts with \`${prefix}_\``, example })

export const agentParams = z.strictObject({ agentId: idParam('agt', 'agt_01k9x8') })

export const timestamp = z.iso.datetime().meta({ description: 'ISO 8601, UTC', example: '2026-11-23T10:00:00.000Z' })

export const pageQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(100).default(20).meta({ description: 'Rows a page' }),
  cursor: z.string().max(200).optional().meta({ description: '`nextCursor` of the page before' }),
})

export const page = <T extends z.ZodType>(row: T) =>
  z.strictObject({
    data: z.array(row),
    pagination: z.strictObject({ nextCursor: z.string().nullable(), hasMore: z.boolean() }),
  })

/** Text of people: no control characters but tab and line ends, not only white space. */
export const plainText = (max: number) =>
  z
    .string()
    .max(max)
    // oxlint-disable-next-line no-control-regex -- control characters are what is refused here
    .regex(/^[^\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F]*$/, 'control characters are not allowed')
    .refine((text) => text.isWellFormed(), { error: 'is not well-formed Unicode' })

export const name = plainText(120).trim().min(1)
