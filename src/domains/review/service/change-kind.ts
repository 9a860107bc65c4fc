// What kind of file a path names, so that reviewers are chosen by what changed. Pure.
import type { ChangeKind } from "../types.ts";

// The first that fits; more telling places stand before endings.
const kinds: readonly (readonly [ChangeKind, RegExp])[] = [
  ["ci", /(^|\/)(\.github\/workflows|\.gitlab|\.circleci|\.ci|\.buildkite)\/|(^|\/)(\.gitlab-ci\.yml|Jenkinsfile|azure-pipelines\.yml)$/],
  [
    "dependencies",
    /(^|\/)(package(-lock)?\.json|npm-shrinkwrap\.json|pnpm-lock\.yaml|pnpm-workspace\.yaml|yarn\.lock|bun\.lockb?|Cargo\.(toml|lock)|go\.(mod|sum)|pyproject\.toml|poetry\.lock|uv\.lock|requirements[^/]*\.txt|Gemfile(\.lock)?|composer\.(json|lock)|pom\.xml|build\.gradle(\.kts)?)$/,
  ],
  ["schema", /(^|\/)migrations?\/|\.(sql|prisma|proto|graphql|gql|avsc)$|(^|\/)openapi[^/]*\.(ya?ml|json)$/],
  ["tests", /(^|\/)(tests?|__tests__|spec|fixtures|e2e)\/|\.(test|spec)\.[^/]+$|_test\.[^/]+$|(^|\/)test_[^/]+\.py$/],
  ["docs", /(^|\/)docs?\/|\.(md|mdx|rst|adoc|txt)$|(^|\/)(LICENSE|NOTICE|CHANGELOG|README)[^/]*$/],
  ["ui", /\.(css|scss|less|html|svelte|vue|jsx|tsx)$|(^|\/)(ui|web|components|views)\//],
  ["config", /\.(ya?ml|json|jsonc|toml|ini|conf|env|cfg|properties)$|(^|\/)(Dockerfile|Makefile|\.[\w.-]+rc(\.[a-z]+)?|\.git(ignore|attributes)|\.editorconfig)$/],
];

/** One kind for each path; what nothing else claims is code. */
export function kindOf(path: string): ChangeKind {
  return kinds.find(([, pattern]) => pattern.test(path))?.[0] ?? "code";
}
