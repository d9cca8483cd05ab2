/**
 * Reads Server-Sent Events (WHATWG HTML, section 9.2) chunk by chunk. `push` gives the `data` of every event that is
 * complete; it cuts at any byte, takes LF, CRLF and CR, and passes over comments and other fields.
 */
export class SseReader {
  private readonly decoder = new TextDecoder()
  private rest = ''
  private data: string[] = []

  push(chunk: Uint8Array): string[] {
    const text = this.rest + this.decoder.decode(chunk, { stream: true })
    const events: string[] = []
    let start = 0
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i)
      if (code !== 10 && code !== 13) continue
      // A CR at the very end may be half of a CRLF.
      if (code === 13 && i === text.length - 1) break
      this.line(text.slice(start, i), events)
      if (code === 13 && text.charCodeAt(i + 1) === 10) i++
      start = i + 1
    }
    this.rest = text.slice(start)
    return events
  }

  private line(line: string, events: string[]): void {
    if (line === '') {
      if (this.data.length > 0) events.push(this.data.length === 1 ? (this.data[0] ?? '') : this.data.join('\n'))
      this.data = []
    } else if (line.startsWith('data:')) {
      this.data.push(line.charCodeAt(5) === 32 ? line.slice(6) : line.slice(5))
    }
  }
}
