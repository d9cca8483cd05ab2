// Modules that a build step writes (`src/cli/build-*.ts`) and git does not hold.
declare module '*.generated.js' {
  const text: string
  export default text
}
