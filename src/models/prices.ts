/** Dollars for a million tokens, which are millionths of a dollar for one: [input, output], without discounts. */
const PRICES: Record<string, readonly [number, number]> = {
  embedded: [0, 0],
  'gpt-5.4': [2.5, 15],
  'gpt-5.1': [1.25, 10],
  'gpt-5': [1.25, 10],
  'gpt-5-mini': [0.25, 2],
  'gpt-5-nano': [0.05, 0.4],
  'gpt-4.1': [2, 8],
  'gpt-4.1-mini': [0.4, 1.6],
  'gpt-4.1-nano': [0.1, 0.4],
  'gpt-4o': [2.5, 10],
  'gpt-4o-mini': [0.15, 0.6],
  o3: [2, 8],
  'o4-mini': [1.1, 4.4],
}

/**
 * What a call costs at the provider's list price, in whole millionths of a dollar; null when the price is not known.
 * A dated snapshot (`gpt-5-mini-2025-08-07`) costs what its model does.
 */
export function costMicros(model: string, inputTokens: number, outputTokens: number): number | null {
  const name = model.replace(/-\d{4}-\d{2}-\d{2}$/, '')
  const price = Object.hasOwn(PRICES, name) ? PRICES[name] : undefined
  return price ? Math.round(inputTokens * price[0] + outputTokens * price[1]) : null
}
