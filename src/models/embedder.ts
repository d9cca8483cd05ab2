/**
 * Port to an embedding model. `embed` answers one vector of length 1 for each text, in their order, or throws a
 * Problem: PROVIDER_ERROR, PROVIDER_KEY_INVALID, PROVIDER_OVERLOADED or PROVIDER_TIMEOUT. What the provider said in an
 * error never reaches the Problem. One text is a question somebody waits for: it has less time than a batch.
 */
export interface Embedder {
  readonly model: string
  readonly dimensions: number
  embed(texts: string[], signal?: AbortSignal): Promise<Float32Array[]>
}
