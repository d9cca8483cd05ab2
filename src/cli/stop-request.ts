/**
 * Cleans up and ends with exit code 0 when Ctrl C, a closed terminal or `kill` asks for it. Returns whether that has
 * begun. Under npm the same Ctrl C arrives twice, so the second request means nothing.
 */
export function onStopRequest(cleanUp: () => Promise<void>): () => boolean {
  let requested = false
  const stop = async () => {
    if (requested) return
    requested = true
    try {
      await cleanUp()
    } finally {
      process.exit(0)
    }
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void stop())
  // Miniflare, while it is open, answers the same signals with an exit code of its own.
  process.on('exit', () => {
    if (requested) process.exitCode = 0
  })
  return () => requested
}
