const NONE: readonly string[] = []

export const synonymsOf = (): readonly string[] => NONE
