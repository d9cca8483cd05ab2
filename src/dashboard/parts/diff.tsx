/** The lines of two texts, each kept, taken away or new: the longest common run of lines stays. */
export function diffLines(before: string, after: string): { kind: 'same' | 'gone' | 'new'; text: string }[] {
  const [a, b] = [before.split('\n'), after.split('\n')]
  // Texts of a form have some dozens of lines; above that the table would cost more than the page.
  if (a.length * b.length > 250_000) return [...a.map(gone), ...b.map(fresh)]
  const width = b.length + 1
  const common = new Uint16Array((a.length + 1) * width)
  const at = (i: number, j: number) => common[i * width + j] ?? 0
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      common[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1))
    }
  }
  const lines: ReturnType<typeof diffLines> = []
  let [i, j] = [0, 0]
  while (i < a.length || j < b.length) {
    const [left, right] = [a[i], b[j]]
    if (left !== undefined && left === right) {
      lines.push({ kind: 'same', text: left })
      i++
      j++
    } else if (left !== undefined && (right === undefined || at(i + 1, j) >= at(i, j + 1))) {
      lines.push(gone(left))
      i++
    } else {
      lines.push(fresh(right ?? ''))
      j++
    }
  }
  return lines
}

const gone = (text: string) => ({ kind: 'gone' as const, text })
const fresh = (text: string) => ({ kind: 'new' as const, text })

/** Before and after of one text, line by line, with words for those who do not see the colours. */
export const Diff = ({ before, after }: { before: string; after: string }) => (
  <div class="small">
    {diffLines(before, after).map(({ kind, text }) => {
      if (kind === 'same') return <div class="muted same">{text || ' '}</div>
      if (kind === 'gone') {
        return (
          <del>
            <span class="vh">Taken away: </span>
            {text || ' '}
          </del>
        )
      }
      return (
        <ins>
          <span class="vh">New: </span>
          {text || ' '}
        </ins>
      )
    })}
  </div>
)
