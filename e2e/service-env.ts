/** `env` without our settings but for those `kept`: the tests' and the bench's own are none of the service, which would say so. */
export function serviceEnv(env: NodeJS.ProcessEnv = process.env, ...kept: readonly string[]): NodeJS.ProcessEnv {
  const isGiven = ([name]: [string, unknown]): boolean => kept.includes(name) || !name.startsWith('HOLDFAST_');
  return Object.fromEntries(Object.entries(env).filter(isGiven));
}
