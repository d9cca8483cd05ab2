// Files that are imported as their text (`with { type: 'text' }`): esbuild puts them into the bundle.
declare module '*.css' {
  const text: string
  export default text
}
declare module '*.client.js' {
  const text: string
  export default text
}
