export * from '../../../src/knowledge/index/spelling.ts'

export const repairWord = (): undefined => undefined
