/** What a child process needs of the machine: programs, certificates, language. Nothing that configures what we test. */
const KEPT = ['PATH', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR', 'NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'SSL_CERT_DIR']

/** An environment for a child process that no setting of the person, of npm or of the test run leaks into. */
export const ownEnvironment = (added: Readonly<Record<string, string>>): Record<string, string> => {
  const kept = KEPT.flatMap((name) => {
    const value = process.env[name]
    return value === undefined ? [] : [[name, value] as const]
  })
  return { ...Object.fromEntries(kept), ...added }
}
