import { defineConfig, globalIgnores } from 'eslint/config'
import tseslint from 'typescript-eslint'

const noDefaultExport = {
  selector: 'ExportDefaultDeclaration',
  message: 'Export by name: a default export has no name to search for.',
}

const noClock = [
  {
    selector: "CallExpression[callee.object.name='Date'][callee.property.name='now']",
    message: 'Take the time from platform/clock.ts.',
  },
  {
    selector: "NewExpression[callee.name='Date'][arguments.length=0]",
    message: 'Take the time from platform/clock.ts.',
  },
]

const noFixedSleep = {
  selector: "CallExpression[callee.name='setTimeout'][arguments.1.type='Literal'][arguments.0.name=/^(resolve|done)$/]",
  message: 'Poll a condition with a deadline instead of sleeping for a fixed time.',
}

export default defineConfig(
  globalIgnores(['**/node_modules/', 'dist/', '.waybill/', 'console/dist/']),
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/consistent-type-exports': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      '@typescript-eslint/no-misused-spread': ['error', { allow: ['string'] }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      // Flags that a callback or a signal changes while we wait are not constant, whatever the flow analysis thinks.
      '@typescript-eslint/no-unnecessary-condition': 'off',
      // Dear, and about what is not here: erasable syntax has no enums, and classes are told apart by their private fields.
      '@typescript-eslint/no-unsafe-enum-assignment': 'off',
      '@typescript-eslint/no-unsafe-enum-comparison': 'off',
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      // A port's function is async because one of its adapters must wait, not because this one does.
      '@typescript-eslint/require-await': 'off',
      // Methods of fastify, postgres and pothos are passed around unbound on purpose and documented so.
      '@typescript-eslint/unbound-method': 'off',
      eqeqeq: 'error',
      'no-warning-comments': ['error', { terms: ['todo', 'fixme', 'xxx', 'hack'] }],
      'no-restricted-syntax': ['error', noDefaultExport, ...noClock],
      'no-restricted-imports': [
        'error',
        {
          paths: [
            { name: 'node:crypto', importNames: ['randomUUID'], message: 'Take ids from platform/ids.ts.' },
            { name: 'crypto', message: "Write 'node:crypto'." },
          ],
        },
      ],
      'no-console': 'error',
      'no-async-promise-executor': 'error',
      'no-constant-binary-expression': 'error',
      'no-duplicate-case': 'error',
      'no-empty': 'error',
      'no-fallthrough': 'error',
      'no-self-compare': 'error',
      'no-unreachable-loop': 'error',
      'no-unsafe-finally': 'error',
      'no-useless-catch': 'error',
      'prefer-const': 'error',
    },
  },
  {
    // The sources of the clock and of ids.
    files: ['platform/clock.ts', 'platform/ids.ts'],
    rules: { 'no-restricted-syntax': ['error', noDefaultExport], 'no-restricted-imports': 'off' },
  },
  {
    // Programs that speak to a person or a script on standard output.
    files: ['main.ts', 'cli.ts', 'bench/**/*.ts', 'test/tested-with.ts'],
    rules: { 'no-console': 'off' },
  },
  {
    files: ['**/*.test.ts', 'test/**/*.ts', 'bench/**/*.ts'],
    rules: {
      'no-restricted-syntax': ['error', noDefaultExport, noFixedSleep],
      'no-restricted-imports': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
  {
    files: ['vitest.config.ts', 'test/tested-with.ts'],
    rules: { 'no-restricted-syntax': 'off' },
  },
)
