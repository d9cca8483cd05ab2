const LF = 10
const CR = 13

/**
 * Reads Server-Sent Events (WHATWG HTML, section 9.2) chunk by chunk. `push` gives the `data` of every event that is
 * complete; it cuts at any byte, takes LF, CRLF and CR, and passes over comments and other fields.
 */
export class SseReader {
  private readonly decoder = new TextDecoder()
  /** Pieces of a line whose end has not come yet: joined once, not searched again with every chunk. */
  private line: string[] = []
  private data: string[] = []
  private afterCr = false
  /** Characters held for an event that is not complete; a peer that never ends one is told by this. */
  buffered = 0

  push(chunk: Uint8Array): string[] {
    const text = this.decoder.decode(chunk, { stream: true })
    const events: string[] = []
    let start = 0
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i)
      if (code !== LF && code !== CR) {
        this.afterCr = false
        continue
      }
      // The LF of a CRLF ends no second line.
      const isSecondHalf = code === LF && this.afterCr
      if (!isSecondHalf) this.endLine(text.slice(start, i), events)
      this.afterCr = code === CR
      start = i + 1
    }
    if (start < text.length) this.hold(text.slice(start))
    return events
  }

  private hold(piece: string): void {
    this.line.push(piece)
    this.buffered += piece.length
  }

  private endLine(piece: string, events: string[]): void {
    const line = this.line.length === 0 ? piece : this.line.join('') + piece
    this.line = []
    if (line === '') {
      if (this.data.length > 0) events.push(this.data.length === 1 ? (this.data[0] ?? '') : this.data.join('\n'))
      this.data = []
      this.buffered = 0
    } else if (line.startsWith('data:')) {
      this.data.push(line.charCodeAt(5) === 32 ? line.slice(6) : line.slice(5))
      this.buffered += line.length
    } else if (line === 'data') {
      this.data.push('')
    }
  }
}
