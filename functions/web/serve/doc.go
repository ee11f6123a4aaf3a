// Package serve is what every request has in common, whoever answers it: who
// asks (tokens, sessions, roles), one [Call] from its first byte to its line of
// the log, one table from errors to statuses ([ProblemOf]), entity tags, and how
// long caches may keep an answer. It knows no route and no page.
package serve
